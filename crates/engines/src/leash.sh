# shellcheck shell=sh
# Runs a server that cannot outlive the process that holds this script's standard input: when that process ends, even by
# kill -9, the pipe closes, the server gets the signal and the directory is removed. A line "keep" spares the directory.
# Arguments: signal, directory, command and its arguments. Leaves in the directory: server.log, and `exited` once it ended.
signal=$1 dir=$2
shift 2
exec 3<&0 </dev/null
"$@" >>"$dir/server.log" 2>&1 3<&- &
server=$!
{
    read -r order <&3
    [ "$order" = keep ] && : >"$dir/keep"
    [ -e "$dir/exited" ] || kill -s "$signal" "$server"
} 2>/dev/null &
wait "$server"
echo $? >"$dir/exited"
wait
[ -e "$dir/keep" ] || rm -rf "$dir"
