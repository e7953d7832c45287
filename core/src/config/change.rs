//! Differences between two versions of a file.

use core::fmt;

use super::value::FALSE;
use super::{AllowedAddress, SETTINGS, Setting, SettingValue, Settings};

impl<'a> Settings<'a> {
    /// The value of `setting`, one of [`SETTINGS`].
    pub fn value(&self, setting: &Setting) -> SettingValue<'a> {
        setting.kind.value(self)
    }

    /// The settings whose values differ in `new`, in the order of [`SETTINGS`]. It makes no difference how a
    /// value is written, or whether it comes from the file or is the default.
    ///
    /// ```
    /// use lsam_core::config::{Invalid, Settings};
    ///
    /// let old = Settings::parse_part(b"[JORS Settings]\nJORSSocket=3110\n", |_| {})?;
    /// let new = Settings::parse_part(b"[JORS Settings]\nJORSSocket=3111\n", |_| {})?;
    ///
    /// let changes: Vec<String> = old.changes_to(&new).map(|change| change.to_string()).collect();
    /// assert_eq!(changes, [r#"[JORS Settings] JORSSocket: "3110" becomes "3111" after a restart"#]);
    /// # Ok::<(), Invalid>(())
    /// ```
    pub fn changes_to(&self, new: &Self) -> impl Iterator<Item = Change<'a>> {
        SETTINGS
            .iter()
            .map(|setting| Change { setting, old: self.value(setting), new: new.value(setting) })
            .filter(|change| change.old != change.new)
    }

    /// The [changes](Self::changes_to) that let more peers in or verify less: an address or ANY that was not
    /// allowed before, and TLS, validation or revocation turned off.
    pub fn loosened_by(&self, new: &Self) -> impl Iterator<Item = Change<'a>> {
        let allowed = self.allowed_ip_addresses;
        let covered = move |address| match address {
            AllowedAddress::None => true,
            AllowedAddress::Any => allowed.contains(&AllowedAddress::Any),
            AllowedAddress::Only(address) => allowed.iter().any(|allowed| allowed.allows(address)),
        };
        self.changes_to(new).filter(move |change| {
            change.setting.guards
                && match change.new {
                    SettingValue::Word(word) => word == FALSE,
                    SettingValue::Address(address) => !covered(address),
                    // A different certificate for the agent itself.
                    SettingValue::Text(_) | SettingValue::Number(_) => false,
                }
        })
    }

    /// These settings with the dynamic ones of `new`: what the agent uses after its file has changed, until
    /// it restarts.
    pub fn with_dynamic_of(mut self, new: &Self) -> Self {
        for setting in SETTINGS.iter().filter(|setting| setting.dynamic) {
            setting.kind.copy(new, &mut self);
        }
        self
    }
}

/// A setting whose value differs between two versions of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Change<'a> {
    /// The setting.
    pub setting: &'static Setting,
    /// The value before.
    pub old: SettingValue<'a>,
    /// The new value.
    pub new: SettingValue<'a>,
}

impl fmt::Display for Change<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { setting, old, new } = self;
        write!(f, "{setting}: \"{old}\" becomes \"{new}\" {}", setting.applies())
    }
}

#[cfg(test)]
mod tests {
    use std::{string::ToString, vec::Vec};

    use super::*;
    use crate::config::Applies;

    fn settings(file: &str) -> Settings<'_> {
        Settings::parse_part(file.as_bytes(), |_| {}).unwrap()
    }

    #[test]
    fn how_a_value_is_written_is_no_change() {
        let old = settings(
            "[General Settings]\nUseSecureSocket=FALSE\nPostProcess=a\n[TCP/IP Parameters]\n\
             SocketNumberToSAM=03100\nAllowedIPAddress_2=2001:DB8::1\n[Job Start]\nMsg=NULL\n",
        );
        let new = settings(
            "[TCP/IP Parameters]\nAllowedIPAddress_2=2001:db8:0::1\n[General Settings]\nPostProcess=\"a\"\n\
             UseSecureSocket=false\n[Job Start]\nMsg=\n",
        );
        assert_eq!(old.changes_to(&new).next(), None);
    }

    #[test]
    fn what_lets_more_in_is_found() {
        let file = |general: &str, tcp_ip: &str| {
            std::format!("[General Settings]\n{general}\n[TCP/IP Parameters]\n{tcp_ip}\n")
        };
        let strict = "UseSecureSocket=TRUE\nTLSCertificateSerial=1\nTLSClientValidation=TRUE\n\
                      TLSCheckCertificateRevocation=TRUE\nTLSRequireRevocationStatus=TRUE\n";
        let two = "AllowedIPAddress_1=10.0.0.1\nAllowedIPAddress_3=10.0.0.2";
        for (general, tcp_ip, loosened) in [
            (strict, two, &[] as &[&str]),
            (strict, "AllowedIPAddress_1=10.0.0.2", &[]),
            (strict, "AllowedIPAddress_1=::ffff:10.0.0.2\nAllowedIPAddress_2=10.0.0.1", &[]),
            (strict, "AllowedIPAddress_1=", &[]),
            (strict, "AllowedIPAddress_1=10.0.0.1\nAllowedIPAddress_2=10.0.0.3", &["AllowedIPAddress_2"]),
            (strict, "AllowedIPAddress_1=10.0.0.1\nAllowedIPAddress_4=ANY", &["AllowedIPAddress_4"]),
            (strict, "", &["AllowedIPAddress_1"]),
            (&strict.replace("Serial=1", "Serial=2"), two, &[]),
            (&strict.replace("UseSecureSocket=TRUE", "UseSecureSocket=FALSE"), two, &["UseSecureSocket"]),
            (
                "UseSecureSocket=TRUE\nTLSCertificateSerial=1",
                two,
                &["TLSClientValidation", "TLSCheckCertificateRevocation", "TLSRequireRevocationStatus"],
            ),
        ] {
            let (old, new) = (file(strict, two), file(general, tcp_ip));
            let (old, new) = (settings(&old), settings(&new));
            let found: Vec<_> = old.loosened_by(&new).map(|change| change.setting.key).collect();
            assert_eq!(found, loosened, "{general} {tcp_ip}");
        }
    }

    #[test]
    fn every_change_says_when_it_counts() {
        let old = settings("[General Settings]\nPostProcess=a.cmd\n");
        let new = settings(
            "[General Settings]\nMaximumNumberOfJobs=51\n[SMAFT Settings]\nSmaftServerSocket=0\nZipSupport=NO\n\
             [Job Start]\nMsg=$JOBNAME\nType=1\n",
        );
        let changes: Vec<_> = old.changes_to(&new).map(|change| change.to_string()).collect();
        assert_eq!(
            changes,
            [
                "[General Settings] MaximumNumberOfJobs: \"50\" becomes \"51\" at once",
                "[General Settings] PostProcess: \"a.cmd\" becomes \"\" at once",
                "[SMAFT Settings] SmaftServerSocket: \"3110\" becomes \"0\" after a restart",
                "[SMAFT Settings] ZipSupport: \"YES\" becomes \"NO\" after a restart",
                "[Job Start] Msg: \"NULL\" becomes \"$JOBNAME\" at once",
                "[Job Start] Type: \"4\" becomes \"1\" at once",
            ]
        );
        let applies: Vec<_> = new.changes_to(&old).map(|change| change.setting.applies()).collect();
        assert_eq!(applies.iter().filter(|applies| **applies == Applies::AfterRestart).count(), 2);
    }
}
