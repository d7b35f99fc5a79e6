//! Files: a directory, S3 or Azure Blob Storage behind one handle.

use std::path::PathBuf;
use std::str::FromStr;
use std::sync::Arc;

use bytes::Bytes;
use futures::TryStreamExt;
use object_store::aws::AmazonS3Builder;
use object_store::azure::MicrosoftAzureBuilder;
use object_store::local::LocalFileSystem;
use object_store::path::Path;
use object_store::{ObjectStore, ObjectStoreExt, PutMode, PutPayload};

use crate::fault;

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
        let (store, prefix): (Arc<dyn ObjectStore>, _) = match url {
            FilesUrl::Dir(dir) => {
                std::fs::create_dir_all(dir).map_err(|error| FileError::Unavailable(format!("{}: {error}", dir.display())))?;
                (Arc::new(LocalFileSystem::new_with_prefix(dir)?.with_fsync(true)), String::new())
            }
            FilesUrl::S3(bucket, prefix) => {
                let builder = AmazonS3Builder::from_env().with_bucket_name(bucket);
                (Arc::new(builder.build()?), prefix.clone())
            }
            FilesUrl::Azure(container, prefix) => {
                let builder = MicrosoftAzureBuilder::from_env().with_container_name(container);
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
