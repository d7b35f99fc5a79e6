import java.io.FileInputStream;
import java.util.TreeSet;
import org.verapdf.gf.foundry.VeraGreenfieldFoundryProvider;
import org.verapdf.pdfa.Foundries;
import org.verapdf.pdfa.flavours.PDFAFlavour;
import org.verapdf.pdfa.results.TestAssertion;

/**
 * Validates files: {@code java -cp "<directory of the jars>/*" Check.java <flavour,flavour> <file>...}, for example
 * {@code 2a,ua1}. Prints "PASS" or "FAIL" with flavour and file for each, then the rules that failed. Exits 0 when all pass, 1 otherwise.
 */
class Check {
    public static void main(String[] arguments) throws Exception {
        VeraGreenfieldFoundryProvider.initialise();
        var allPass = true;
        for (var i = 1; i < arguments.length; i++) {
            for (var flavour : arguments[0].split(",")) {
                var failures = failures(PDFAFlavour.byFlavourId(flavour), arguments[i]);
                System.out.println((failures.isEmpty() ? "PASS " : "FAIL ") + flavour + " " + arguments[i]);
                failures.forEach(failure -> System.out.println("  " + failure));
                allPass &= failures.isEmpty();
            }
        }
        System.exit(allPass ? 0 : 1);
    }

    private static TreeSet<String> failures(PDFAFlavour flavour, String file) {
        var failures = new TreeSet<String>();
        var foundry = Foundries.defaultInstance();
        try (var stream = new FileInputStream(file); var parser = foundry.createParser(stream, flavour)) {
            var result = foundry.createValidator(flavour, false).validate(parser);
            for (var assertion : result.getTestAssertions()) {
                if (assertion.getStatus() == TestAssertion.Status.FAILED) {
                    failures.add(assertion.getRuleId().getClause() + "-" + assertion.getRuleId().getTestNumber() + " "
                            + assertion.getMessage() + " at " + assertion.getLocation().getContext());
                }
            }
            if (!result.isCompliant() && failures.isEmpty()) {
                failures.add("not compliant, no reason given");
            }
        } catch (Exception exception) {
            failures.add("not readable: " + exception.getMessage());
        }
        return failures;
    }
}
