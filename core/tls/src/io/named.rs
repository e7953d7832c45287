//! Shorthands for the streams over the default provider, for code that must name the type.

use super::{AsyncTlsStream, TlsStream};
use crate::crypto::rustcrypto::RustCrypto;
use crate::tls::{Client, Server};

/// A [`TlsStream`] of a client.
///
/// ```
/// use embedded_io::{Read, Write};
/// use lsam_tls::io::{ClientStream, Error, Host};
///
/// /// A connection to the server that keeps the time.
/// struct Clock<'b, T: Read + Write, H: Host> {
///     stream: ClientStream<'b, T, H>,
/// }
///
/// impl<T: Read + Write, H: Host> Clock<'_, T, H> {
///     fn ask(&mut self) -> Result<u8, Error<T::Error>> {
///         self.stream.write_all(b"?")?;
///         self.stream.flush()?;
///         let mut hour = [0];
///         self.stream.read(&mut hour)?;
///         Ok(hour[0])
///     }
/// }
/// ```
pub type ClientStream<'b, T, H> = TlsStream<'b, Client<'b, RustCrypto>, RustCrypto, T, H>;

/// A [`TlsStream`] of a server.
pub type ServerStream<'b, T, H> = TlsStream<'b, Server<'b, RustCrypto>, RustCrypto, T, H>;

/// An [`AsyncTlsStream`] of a client.
pub type AsyncClientStream<'b, T, H> = AsyncTlsStream<'b, Client<'b, RustCrypto>, RustCrypto, T, H>;

/// An [`AsyncTlsStream`] of a server.
pub type AsyncServerStream<'b, T, H> = AsyncTlsStream<'b, Server<'b, RustCrypto>, RustCrypto, T, H>;
