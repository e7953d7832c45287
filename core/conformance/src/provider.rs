//! The cryptographic providers to choose from.

use clap::ValueEnum;

/// The name of a provider, as a flag's value.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum ProviderName {
    /// The portable provider
    #[default]
    #[value(name = "rustcrypto")]
    RustCrypto,
    /// The agent's provider, over aws-lc-rs
    AwsLc,
}

/// Evaluates an expression with the provider of a name as the type `$provider`.
#[macro_export]
macro_rules! with_provider {
    ($name:expr, $provider:ident => $work:expr) => {
        match $name {
            $crate::ProviderName::RustCrypto => {
                type $provider = lsam_core::crypto::rustcrypto::RustCrypto;
                $work
            }
            $crate::ProviderName::AwsLc => {
                type $provider = lsam_aws_lc::AwsLc;
                $work
            }
        }
    };
}
