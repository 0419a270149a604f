//! A file that a form sends.

use axum::extract::Multipart;
use node::fault::Fault;
use texts::say;

/// A file that a form sends.
pub struct Uploaded {
    /// What the sender called it.
    pub name: String,
    /// What it holds.
    pub bytes: Vec<u8>,
}

impl Uploaded {
    /// The file under the name `file`.
    ///
    /// # Errors
    /// It broke off, or none was chosen.
    pub async fn of(mut form: Multipart) -> Result<Self, Fault> {
        let broken = |_| Fault::usage(say!("upload-broke-off"));
        let (mut name, mut bytes) = (String::new(), Vec::new());
        while let Some(field) = form.next_field().await.map_err(broken)? {
            if field.name() == Some("file") {
                name = field.file_name().unwrap_or_default().to_owned();
                bytes = field.bytes().await.map_err(broken)?.to_vec();
            }
        }
        match bytes.is_empty() {
            true => Err(Fault::usage(say!("no-file-given")).in_field("file")),
            false => Ok(Self { name, bytes }),
        }
    }
}
