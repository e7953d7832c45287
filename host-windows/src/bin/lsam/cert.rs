//! `lsam cert`: what administrators do with a certificate store.

use std::cell::OnceCell;
use std::io::{self, IsTerminal};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Subcommand;
use lsam_host_windows::cert::{self, Failed};
use lsam_host_windows::console::{Output, complain};
use lsam_host_windows::store::{self, ItemError, Password, PasswordSource};
use zeroize::Zeroizing;

#[derive(clap::Args)]
pub(super) struct Cert {
    /// A folder in place of the machine's certificate store, with My, Root, CA and CRL in it.
    #[arg(long, value_name = "DIR", global = true)]
    store: Option<PathBuf>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Show every certificate (place, subject, issuer, serial number, validity, private key), every
    /// revocation list, and what can't be used.
    List,
    /// Show the certificates with a serial number, and which of them the agent takes.
    Find {
        /// The serial number, typed in any of the ways that TLSCertificateSerial takes.
        serial: String,
    },
    /// Put the certificate of a PFX file and its private key into My.
    Import {
        /// The file. Its password is taken from --password-file, from a file beside it that ends in
        /// .password, or from the environment variable LSAM_STORE_PASSWORD; without any of them it is asked
        /// for.
        file: PathBuf,
        /// A file with the password in its first line.
        #[arg(long, value_name = "FILE")]
        password_file: Option<PathBuf>,
    },
    /// Trust what is in a file: self-signed certificates as roots, others as links to them, and revocation
    /// lists.
    Trust {
        /// The file: PEM, DER or PKCS#7 (.p7b).
        file: PathBuf,
    },
    /// Remove a certificate with its private key, or a file of a folder, and say what was removed.
    Remove {
        /// The serial number of the certificate, or a file: of the store, as `list` shows it, or for the
        /// machine's store one with the certificate.
        what: String,
    },
    /// Make a certificate and put it into My of a folder.
    New {
        /// Signed with its own key; certificates of an authority are requested there.
        #[arg(long, required = true)]
        self_signed: bool,
        /// The fully qualified domain name of this machine. Can be given several times, for addresses too.
        #[arg(long, value_name = "FQDN", required = true)]
        name: Vec<String>,
    },
}

pub(super) fn run(arguments: &Cert) -> ExitCode {
    match execute(arguments.store.as_deref(), &arguments.command) {
        Ok(()) => ExitCode::SUCCESS,
        Err(reason) => {
            complain(format_args!("lsam: {reason}"));
            ExitCode::FAILURE
        }
    }
}

fn execute(store: Option<&Path>, command: &Command) -> Result<(), String> {
    let out = &mut Output::lock();
    let words = |failed: Failed| failed.to_string();
    let open = || {
        store::open(store).map_err(|error| {
            format!("the certificate store can't be read: {error}; name the folder of one with --store")
        })
    };
    match command {
        Command::List => cert::list(&*open()?, out).map_err(words),
        Command::Find { serial } => cert::find(&*open()?, serial, out).map_err(words),
        Command::Import { file, password_file } => {
            let known = OnceCell::new();
            let password = |_| match known.get() {
                Some(password) => Ok(Password::clone(password)),
                None => {
                    let password = password(file, password_file.as_deref())?;
                    Ok(known.get_or_init(|| password).clone())
                }
            };
            match store {
                Some(store) => cert::import(store, file, password, out).map_err(words),
                #[cfg(windows)]
                None => cert::import_into_machine(file, password, out).map_err(words),
                #[cfg(not(windows))]
                None => Err(NO_FOLDER.to_owned()),
            }
        }
        Command::Trust { file } => match store {
            Some(store) => cert::trust(file, cert::into_folder(store, file), out).map_err(words),
            #[cfg(windows)]
            None => cert::trust(file, cert::into_machine, out).map_err(words),
            #[cfg(not(windows))]
            None => Err(NO_FOLDER.to_owned()),
        },
        Command::Remove { what } => match store {
            Some(store) => cert::remove(store, what, out).map_err(words),
            #[cfg(windows)]
            None => cert::remove_from_machine(what, out).map_err(words),
            #[cfg(not(windows))]
            None => Err(NO_FOLDER.to_owned()),
        },
        Command::New { self_signed: _, name } => {
            let names: Vec<&str> = name.iter().map(String::as_str).collect();
            let store = store.ok_or(NO_FOLDER)?;
            cert::new_self_signed(store, &names, out).map_err(words)
        }
    }
}

/// The password of `file`; a person is asked for it if it is given nowhere.
fn password(file: &Path, password_file: Option<&Path>) -> Result<Password, ItemError> {
    if let Some(path) = password_file {
        return store::password_in(path);
    }
    let password = store::password(file)?;
    if password.source != PasswordSource::None || !io::stdin().is_terminal() {
        return Ok(password);
    }
    let typed = rpassword::prompt_password(format!("Password of {}: ", file.display()))?;
    Ok(Password { text: Zeroizing::new(typed), source: PasswordSource::Prompt })
}

const NO_FOLDER: &str = "name the folder of the certificate store with --store";
