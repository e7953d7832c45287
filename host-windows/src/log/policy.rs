//! The settings for logs, which can change at run time.

use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

use lsam_core::config::Settings;

/// The settings in [Debug Options], shared by all logs of a process. Until a file has been read, they have
/// the documented defaults.
#[derive(Debug)]
pub struct Policy {
    maximum_size: AtomicU32,
    days_to_keep: AtomicU32,
    detail: AtomicBool,
    trace: AtomicBool,
}

impl Policy {
    /// Applies `settings` from now on.
    pub fn apply(&self, settings: &Settings<'_>) {
        self.maximum_size.store(settings.maximum_log_file_size, Ordering::Relaxed);
        self.days_to_keep.store(settings.archive_days_to_keep, Ordering::Relaxed);
        self.detail.store(settings.trace_level > 0, Ordering::Relaxed);
        self.trace.store(settings.trace_sam_messages, Ordering::Relaxed);
    }

    /// MaximumLogFileSize, in bytes.
    pub fn maximum_size(&self) -> u64 {
        self.maximum_size.load(Ordering::Relaxed).into()
    }

    /// ArchiveDaysToKeep.
    pub fn days_to_keep(&self) -> u32 {
        self.days_to_keep.load(Ordering::Relaxed)
    }

    /// Whether TraceLevel includes detail.
    pub fn detail(&self) -> bool {
        self.detail.load(Ordering::Relaxed)
    }

    /// TraceSAMMessages.
    pub fn trace(&self) -> bool {
        self.trace.load(Ordering::Relaxed)
    }
}

impl Default for Policy {
    fn default() -> Self {
        let policy = Self {
            maximum_size: AtomicU32::new(0),
            days_to_keep: AtomicU32::new(0),
            detail: AtomicBool::new(false),
            trace: AtomicBool::new(false),
        };
        policy.apply(&Settings::default());
        policy
    }
}
