//! The two verifiers: core's path engine, and OpenSSL.

use lsam_core::UnixTime;
use lsam_core::crypto::rustcrypto::RustCrypto;
use lsam_core::x509::{Purpose, TrustSet};
use openssl::error::ErrorStack;
use openssl::stack::Stack;
use openssl::x509::store::X509StoreBuilder;
use openssl::x509::verify::X509VerifyParam;
use openssl::x509::{X509, X509PurposeId, X509StoreContext};

use crate::trial::Trial;

/// 2027-06-01T00:00:00Z, which is not the end of any validity period: OpenSSL already rejects a certificate
/// in its last second.
const NOW: u32 = 1_811_808_000;
/// OpenSSL's requirement for keys and digests: 112 bits, as in the profile.
const SECURITY_LEVEL: i32 = 2;

/// The verdict of core, or the name of its error.
pub(crate) fn core(trial: &Trial) -> Result<(), String> {
    let chain = trial.chain.iter().filter(|der| !der.is_empty()).map(Vec::as_slice);
    let roots: Vec<&[u8]> = trial.roots.iter().map(Vec::as_slice).collect();
    let purpose = if trial.is_client { Purpose::Client } else { Purpose::Server };
    let verdict = TrustSet::new(&roots, &[]).verify_without_name::<RustCrypto>(
        chain,
        purpose,
        Some(UnixTime(NOW.into())),
    );
    verdict.map(|_| ()).map_err(|error| format!("{error:?}"))
}

/// The verdict of OpenSSL, or the text of its error.
pub(crate) fn openssl(trial: &Trial) -> Result<Result<(), String>, ErrorStack> {
    let mut presented = Stack::new()?;
    for der in trial.chain.iter().skip(1) {
        // Unreadable certificates are ignored, as core does.
        if let Ok(certificate) = read(der) {
            presented.push(certificate)?;
        }
    }
    let Some(Ok(leaf)) = trial.chain.first().map(|der| read(der)) else {
        return Ok(Err("unreadable".to_owned()));
    };
    let mut store = X509StoreBuilder::new()?;
    for root in trial.roots.iter().filter_map(|der| read(der).ok()) {
        store.add_cert(root)?;
    }
    let mut param = X509VerifyParam::new()?;
    param.set_time(NOW.into());
    param.set_auth_level(SECURITY_LEVEL);
    param.set_purpose(if trial.is_client { X509PurposeId::SSL_CLIENT } else { X509PurposeId::SSL_SERVER })?;
    store.set_param(&param)?;
    let mut context = X509StoreContext::new()?;
    context.init(&store.build(), &leaf, &presented, |context| {
        let is_valid = context.verify_cert()?;
        Ok(if is_valid { Ok(()) } else { Err(context.error().error_string().to_owned()) })
    })
}

/// Reads all of `der`: OpenSSL itself ignores what follows a certificate.
fn read(der: &[u8]) -> Result<X509, String> {
    let certificate = X509::from_der(der).map_err(|error| error.to_string())?;
    let len = match der {
        [_, 0x82, high, low, ..] => 4 + (usize::from(*high) << 8 | usize::from(*low)),
        [_, 0x81, len, ..] => 3 + usize::from(*len),
        [_, len, ..] => 2 + usize::from(*len),
        _ => 0,
    };
    if der.len() == len { Ok(certificate) } else { Err("more than a certificate".to_owned()) }
}
