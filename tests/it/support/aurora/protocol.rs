//! The beginning of PostgreSQL's protocol, from the server's side.

use std::io;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};

/// The codes of requests that come in the place of a protocol version.
pub(super) const SSL_REQUEST: u32 = 80_877_103;
pub(super) const GSS_REQUEST: u32 = 80_877_104;

/// More than any start-up message or token has.
const LONGEST: u32 = 65_536;

/// The first message, or one of the requests before it.
pub(super) struct Startup {
    /// All of it, to be passed on.
    pub(super) bytes: Vec<u8>,
}

impl Startup {
    pub(super) async fn read(client: &mut (impl AsyncRead + Unpin)) -> io::Result<Startup> {
        let length = client.read_u32().await?;
        let mut bytes = length.to_be_bytes().to_vec();
        bytes.extend(body(client, length).await?);
        Ok(Startup { bytes })
    }

    pub(super) fn code(&self) -> u32 {
        self.bytes.get(4..8).and_then(|code| code.try_into().ok()).map_or(0, u32::from_be_bytes)
    }

    /// The value of a parameter such as `user`.
    pub(super) fn parameter(&self, name: &str) -> Option<String> {
        let mut texts = self.bytes.get(8..)?.split(|byte| *byte == 0);
        loop {
            let (key, value) = (texts.next()?, texts.next()?);
            if key == name.as_bytes() {
                return String::from_utf8(value.to_vec()).ok();
            }
        }
    }
}

async fn body(client: &mut (impl AsyncRead + Unpin), length: u32) -> io::Result<Vec<u8>> {
    if !(4..LONGEST).contains(&length) {
        return Err(io::Error::new(io::ErrorKind::InvalidData, "no length of a message"));
    }
    let mut body = vec![0; length as usize - 4];
    client.read_exact(&mut body).await?;
    Ok(body)
}

/// Asks for the password in clear, as PAM does.
pub(super) async fn password(client: &mut (impl AsyncRead + AsyncWrite + Unpin)) -> io::Result<String> {
    client.write_all(&[b'R', 0, 0, 0, 8, 0, 0, 0, 3]).await?;
    client.flush().await?;
    let kind = client.read_u8().await?;
    let length = client.read_u32().await?;
    let body = body(client, length).await?;
    match (kind, body.split_last()) {
        (b'p', Some((0, password))) => Ok(String::from_utf8_lossy(password).into_owned()),
        _ => Err(io::Error::new(io::ErrorKind::InvalidData, "no password")),
    }
}

/// Ends the login as the server does where PAM says no.
pub(super) async fn pam_failed(client: &mut (impl AsyncWrite + Unpin), user: &str) -> io::Result<()> {
    let fields = format!(
        "SFATAL\0VFATAL\0C28000\0MPAM authentication failed for user \"{user}\"\0Fauth.c\0L335\0Rauth_failed\0\0"
    );
    let mut message = vec![b'E'];
    message.extend(u32::try_from(fields.len() + 4).expect("a short message").to_be_bytes());
    message.extend(fields.as_bytes());
    client.write_all(&message).await?;
    client.shutdown().await
}
