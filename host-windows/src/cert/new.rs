//! Makes a certificate without a certification authority.

use std::io::Write;
use std::path::Path;

use zeroize::Zeroizing;

use super::Failed;
use crate::authority::{Credential, KeyKind};
use crate::files::{self, Access};
use crate::store::{Certificate, Section};

/// Makes a self-signed certificate for `names` (host names or addresses; the first is also its common name)
/// with an ECDSA key on P-256, and puts both into My of the store in the folder `store`. The certificate,
/// which the scheduling server's machine needs too, and the key, which only its owner may read, get separate
/// files.
///
/// # Errors
/// [`Failed`]. In this case nothing has been put into the store, unless writing to `out` failed.
pub fn new_self_signed(store: &Path, names: &[&str], out: &mut impl Write) -> Result<(), Failed> {
    let [first, ..] = names else { return Err(Failed("a certificate needs a name".to_owned())) };
    let made = Credential::self_signed(KeyKind::EcdsaP256, names)
        .map_err(|error| Failed(format!("{}: {error}", names.join(", "))))?;
    let my = store.join(Section::My.name());
    files::create_private_folder(&my).map_err(|error| Failed(format!("{}: {error}", my.display())))?;
    let name = file_name(first);
    let (certificate, key) = (my.join(format!("{name}.crt")), my.join(format!("{name}.key")));
    for file in [&certificate, &key] {
        if file.exists() {
            return Err(Failed(format!("{} is there already; remove it first", file.display())));
        }
    }
    let key_pem = Zeroizing::new(made.key_pem());
    let write = |file: &Path, content: &str, access| {
        files::write_new(file, content.as_bytes(), access)
            .map_err(|error| Failed(format!("{}: {error}", file.display())))
    };
    write(&key, &key_pem, Access::Owner)?;
    if let Err(failed) = write(&certificate, &made.pem(), Access::Everyone) {
        let _ = std::fs::remove_file(&key);
        return Err(failed);
    }
    let own = Certificate::from_der(made.der()).map_err(|error| Failed(error.to_string()))?;
    writeln!(out, "made {}: {own}", certificate.display())?;
    writeln!(out, "The scheduling server's machine needs this file among its trusted root certificates.")?;
    show_settings(&own, out)
}

/// The two lines of MSLSAM.ini that make the agent use `own`.
pub(super) fn show_settings(own: &Certificate, out: &mut impl Write) -> Result<(), Failed> {
    writeln!(out, "For the section [General Settings] of MSLSAM.ini:")?;
    writeln!(out, "UseSecureSocket=TRUE\nTLSCertificateSerial={}", own.serial)?;
    Ok(())
}

/// `name` as a file name that is valid on every system and never hidden.
fn file_name(name: &str) -> String {
    let safe = |c: char| if c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_') { c } else { '_' };
    let name: String = name.chars().map(safe).collect();
    match name.strip_prefix('.') {
        Some(rest) => format!("_{rest}"),
        None => name,
    }
}
