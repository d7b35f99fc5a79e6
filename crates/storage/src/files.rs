//! Files: a directory, S3 or Azure Blob Storage behind one handle.

use std::path::PathBuf;
use std::str::FromStr;
use std::sync::Arc;

use bytes::Bytes;
use futures::stream::BoxStream;
use futures::{Stream, StreamExt, TryStreamExt};
use object_store::aws::{AmazonS3Builder, AmazonS3ConfigKey};
use object_store::azure::{AzureConfigKey, MicrosoftAzureBuilder};
use object_store::buffered::BufWriter;
use object_store::local::LocalFileSystem;
use object_store::path::Path;
use object_store::{ObjectStore, ObjectStoreExt, PutMode, PutPayload};
use tokio::io::AsyncWriteExt;

use crate::fault;

/// Most bytes of a streamed file that are held in memory: also the least size of a part that S3 takes.
const PART_BYTES: usize = 5 * 1024 * 1024;

/// Where files are: `file:<dir>`, `s3://bucket[/prefix]` or `az://container[/prefix]`. Keys, regions and endpoints come from the usual
/// variables (`AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY`, `AWS_REGION`, `AWS_ENDPOINT`; `AZURE_STORAGE_ACCOUNT_NAME`,
/// `AZURE_STORAGE_ACCOUNT_KEY`, `AZURE_STORAGE_ENDPOINT`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FilesUrl {
    /// A directory, created if missing.
    Dir(PathBuf),
    /// A bucket and a prefix within it.
    S3(String, String),
    /// A container and a prefix within it.
    Azure(String, String),
}

impl FromStr for FilesUrl {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let split = |rest: &str| {
            let (bucket, prefix) = rest.split_once('/').unwrap_or((rest, ""));
            (bucket.to_owned(), prefix.trim_matches('/').to_owned())
        };
        match text.split_once(':') {
            Some(("file", dir)) if !dir.is_empty() => Ok(Self::Dir(dir.trim_start_matches("//").into())),
            Some(("s3", rest)) if rest.len() > 2 => Ok({
                let (bucket, prefix) = split(rest.trim_start_matches("//"));
                Self::S3(bucket, prefix)
            }),
            Some(("az", rest)) if rest.len() > 2 => Ok({
                let (container, prefix) = split(rest.trim_start_matches("//"));
                Self::Azure(container, prefix)
            }),
            _ => Err("usare file:<cartella>, s3://<bucket> oppure az://<contenitore>".to_owned()),
        }
    }
}

impl std::fmt::Display for FilesUrl {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Dir(dir) => write!(f, "file:{}", dir.display()),
            Self::S3(bucket, prefix) => write!(f, "s3://{bucket}/{prefix}"),
            Self::Azure(container, prefix) => write!(f, "az://{container}/{prefix}"),
        }
    }
}

/// Keys to a store that do not come from the usual variables; what is absent does.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct FileKeys {
    /// S3: access key; Azure: account.
    pub key: Option<String>,
    /// S3: secret key; Azure: key of the account.
    pub secret: Option<String>,
    /// Address of the store, where it is not the cloud's own.
    pub endpoint: Option<String>,
    /// Region of the bucket.
    pub region: Option<String>,
}

/// Shows no key.
impl std::fmt::Debug for FileKeys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("FileKeys").field("endpoint", &self.endpoint).field("region", &self.region).finish_non_exhaustive()
    }
}

/// A failed file operation.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FileError {
    /// There is no such file.
    #[error("no such file: {0}")]
    NotFound(String),
    /// A file of that key exists already.
    #[error("file exists: {0}")]
    Exists(String),
    /// The store cannot be reached or refuses.
    #[error("file store unavailable: {0}")]
    Unavailable(String),
}

impl From<object_store::Error> for FileError {
    fn from(error: object_store::Error) -> Self {
        match error {
            object_store::Error::NotFound { path, .. } => Self::NotFound(path),
            object_store::Error::AlreadyExists { path, .. } => Self::Exists(path),
            other => Self::Unavailable(other.to_string()),
        }
    }
}

/// A file store; cheap to clone. Keys are relative paths with `/`; they are made by us from identifiers, never from names that
/// somebody else chose.
#[derive(Clone, Debug)]
pub struct Files {
    store: Arc<dyn ObjectStore>,
    prefix: String,
}

impl Files {
    /// Opens a store.
    ///
    /// # Errors
    /// [`FileError::Unavailable`] when the directory cannot be made or a variable is missing.
    pub fn open(url: &FilesUrl) -> Result<Self, FileError> {
        Self::open_with(url, &FileKeys::default())
    }

    /// Opens a store with keys of its own. An endpoint without TLS is called without TLS.
    ///
    /// # Errors
    /// As [`Files::open`].
    pub fn open_with(url: &FilesUrl, keys: &FileKeys) -> Result<Self, FileError> {
        let plain = keys.endpoint.as_ref().is_some_and(|endpoint| endpoint.starts_with("http://"));
        let (store, prefix): (Arc<dyn ObjectStore>, _) = match url {
            FilesUrl::Dir(dir) => {
                std::fs::create_dir_all(dir).map_err(|error| FileError::Unavailable(format!("{}: {error}", dir.display())))?;
                (Arc::new(LocalFileSystem::new_with_prefix(dir)?.with_fsync(true)), String::new())
            }
            FilesUrl::S3(bucket, prefix) => {
                let mut builder = AmazonS3Builder::from_env().with_bucket_name(bucket);
                for (option, value) in [
                    (AmazonS3ConfigKey::AccessKeyId, &keys.key),
                    (AmazonS3ConfigKey::SecretAccessKey, &keys.secret),
                    (AmazonS3ConfigKey::Endpoint, &keys.endpoint),
                    (AmazonS3ConfigKey::Region, &keys.region),
                ] {
                    if let Some(value) = value {
                        builder = builder.with_config(option, value);
                    }
                }
                let builder = if plain { builder.with_allow_http(true) } else { builder };
                (Arc::new(builder.build()?), prefix.clone())
            }
            FilesUrl::Azure(container, prefix) => {
                let mut builder = MicrosoftAzureBuilder::from_env().with_container_name(container);
                for (option, value) in [
                    (AzureConfigKey::AccountName, &keys.key),
                    (AzureConfigKey::AccessKey, &keys.secret),
                    (AzureConfigKey::Endpoint, &keys.endpoint),
                ] {
                    if let Some(value) = value {
                        builder = builder.with_config(option, value);
                    }
                }
                let builder = if plain { builder.with_allow_http(true) } else { builder };
                (Arc::new(builder.build()?), prefix.clone())
            }
        };
        Ok(Self { store, prefix })
    }

    /// A store over any object store, for tests.
    pub fn over(store: Arc<dyn ObjectStore>) -> Self {
        Self { store, prefix: String::new() }
    }

    fn path(&self, key: &str) -> Path {
        if self.prefix.is_empty() { Path::from(key) } else { Path::from(format!("{}/{key}", self.prefix)) }
    }

    /// Writes a file, replacing one of the same key. When this gives `Ok` the file is durable.
    ///
    /// # Errors
    /// [`FileError::Unavailable`].
    pub async fn put(&self, key: &str, content: Bytes) -> Result<(), FileError> {
        fault::step("before file");
        self.store.put(&self.path(key), PutPayload::from_bytes(content)).await?;
        fault::step("after file");
        Ok(())
    }

    /// Writes a file that must not exist yet.
    ///
    /// # Errors
    /// [`FileError::Exists`] when there is one of that key; [`FileError::Unavailable`].
    pub async fn create(&self, key: &str, content: Bytes) -> Result<(), FileError> {
        self.store.put_opts(&self.path(key), PutPayload::from_bytes(content), PutMode::Create.into()).await?;
        Ok(())
    }

    /// Writes a file as its content comes in, replacing one of the same key, with a few megabytes of it in memory at most. When this
    /// gives `Ok` the file is durable; when it gives `Err` nothing was written.
    ///
    /// # Errors
    /// What `content` gives, or [`FileError::Unavailable`].
    pub async fn put_stream<E: From<FileError>>(
        &self,
        key: &str,
        content: impl Stream<Item = Result<Bytes, E>>,
    ) -> Result<(), E> {
        let unavailable = |error: object_store::Error| E::from(error.into());
        let mut content = std::pin::pin!(content);
        let mut writer = BufWriter::with_capacity(Arc::clone(&self.store), self.path(key), PART_BYTES).with_max_concurrency(1);
        while let Some(piece) = content.next().await {
            let written = match piece {
                Ok(piece) => writer.put(piece).await.map_err(unavailable),
                Err(error) => Err(error),
            };
            if let Err(error) = written {
                // A store that does not answer drops the parts by its own rules; the first error is the one to tell.
                let _ = writer.abort().await;
                return Err(error);
            }
        }
        fault::step("before file");
        writer.shutdown().await.map_err(|error| E::from(FileError::Unavailable(error.to_string())))?;
        fault::step("after file");
        Ok(())
    }

    /// Opens a file: how many bytes it has, and its content in pieces.
    ///
    /// # Errors
    /// [`FileError::NotFound`], [`FileError::Unavailable`]; a store that fails later says so in the stream.
    pub async fn get_stream(&self, key: &str) -> Result<(u64, BoxStream<'static, Result<Bytes, FileError>>), FileError> {
        let file = self.store.get(&self.path(key)).await?;
        Ok((file.meta.size, file.into_stream().map_err(FileError::from).boxed()))
    }

    /// Reads a whole file.
    ///
    /// # Errors
    /// [`FileError::NotFound`], [`FileError::Unavailable`].
    pub async fn get(&self, key: &str) -> Result<Bytes, FileError> {
        Ok(self.store.get(&self.path(key)).await?.bytes().await?)
    }

    /// Removes a file; a missing one is no error.
    ///
    /// # Errors
    /// [`FileError::Unavailable`].
    pub async fn delete(&self, key: &str) -> Result<(), FileError> {
        match self.store.delete(&self.path(key)).await.map_err(FileError::from) {
            Err(FileError::NotFound(_)) => Ok(()),
            other => other,
        }
    }

    /// The keys below `folder`, sorted.
    ///
    /// # Errors
    /// [`FileError::Unavailable`].
    pub async fn list(&self, folder: &str) -> Result<Vec<String>, FileError> {
        let prefix = self.path(folder);
        let strip = if self.prefix.is_empty() { 0 } else { self.prefix.len() + 1 };
        let mut keys: Vec<String> =
            self.store.list(Some(&prefix)).map_ok(|meta| meta.location.as_ref()[strip..].to_owned()).try_collect().await?;
        keys.sort();
        Ok(keys)
    }
}

#[cfg(test)]
mod tests {
    use futures::stream;

    use super::*;

    fn files() -> Files {
        Files::over(Arc::new(object_store::memory::InMemory::new()))
    }

    #[tokio::test]
    async fn a_streamed_file_is_read_back_whether_it_has_one_part_or_several() {
        let files = files();
        for pieces in [0, 1, 3] {
            let piece = Bytes::from(vec![7; PART_BYTES - 1]);
            let content = stream::iter((0..pieces).map(|_| Ok::<_, FileError>(piece.clone())));
            files.put_stream("a/b", content).await.unwrap();
            let (size, content) = files.get_stream("a/b").await.unwrap();
            let content: Vec<Bytes> = content.try_collect().await.unwrap();
            assert_eq!((size, content.concat().len()), (pieces * piece.len() as u64, pieces as usize * piece.len()));
        }
    }

    #[tokio::test]
    async fn a_content_that_breaks_off_leaves_the_file_as_it_was() {
        let files = files();
        files.put("a", Bytes::from_static(b"before")).await.unwrap();
        for pieces in [1, 3] {
            let piece = Bytes::from(vec![7; PART_BYTES - 1]);
            let broken = Err(FileError::Unavailable("the client went away".to_owned()));
            let content = stream::iter((0..pieces).map(move |_| Ok(piece.clone())).chain([broken.clone()]));
            assert_eq!(files.put_stream("a", content).await, broken.map(drop));
            assert_eq!(files.get("a").await.unwrap(), "before");
        }
        assert!(matches!(files.get_stream("b").await.map(|(size, _)| size), Err(FileError::NotFound(_))));
    }
}
