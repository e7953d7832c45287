//! The typed settings of a file.

use core::net::IpAddr;

use super::{AllowedAddress, EventSetting, LogComposition, WindowState};
use crate::ini::Text;

/// What the agent runs with: the values of a file, and the documented defaults for what it omits.
///
/// Texts borrow from the file. [`SETTINGS`](super::SETTINGS) says what each setting means and accepts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Settings<'a> {
    /// `DisplayServiceName`.
    pub display_service_name: Text<'a>,
    /// `ShortServiceName`.
    pub short_service_name: Text<'a>,
    /// `MaximumNumberOfJobs`, at most 500.
    pub maximum_number_of_jobs: u32,
    /// `DefaultECOFDirectory`, or nothing.
    pub default_ecof_directory: Text<'a>,
    /// `InitializationScript`, a command line, or nothing.
    pub initialization_script: Text<'a>,
    /// `TerminationScript`, a command line, or nothing.
    pub termination_script: Text<'a>,
    /// `StartAllProcessesWrapper`, the path of a program, or nothing.
    pub start_all_processes_wrapper: Text<'a>,
    /// `CaptureJobStatistics`.
    pub capture_job_statistics: bool,
    /// `KillWrapperOnJobKill`.
    pub kill_wrapper_on_job_kill: bool,
    /// `UseWrapperForPreruns`.
    pub use_wrapper_for_preruns: bool,
    /// `UseSecureSocket`.
    pub use_secure_socket: bool,
    /// `TLSCertificateSerial`, as typed by the administrator; never blank if `use_secure_socket` is set.
    pub tls_certificate_serial: Text<'a>,
    /// `TLSClientValidation`.
    pub tls_client_validation: bool,
    /// `TLSCheckCertificateRevocation`.
    pub tls_check_certificate_revocation: bool,
    /// `TLSRequireRevocationStatus`.
    pub tls_require_revocation_status: bool,
    /// `DefaultWorkingDirectoryAsProgram`.
    pub default_working_directory_as_program: bool,
    /// `PostProcess`, a command line, or nothing.
    pub post_process: Text<'a>,
    /// `UseScheduleNameInOutputFile`.
    pub use_schedule_name_in_output_file: bool,
    /// `SocketNumberToSAM`, never zero.
    pub socket_number_to_sam: u16,
    /// `AllowedIPAddress_1` to `AllowedIPAddress_4`; [`Self::allows`] checks all of them.
    pub allowed_ip_addresses: [AllowedAddress; 4],
    /// `CheckCRC`.
    pub check_crc: bool,
    /// `InboundBufferCount`, buffers of 8192 bytes, never zero.
    pub inbound_buffer_count: u32,
    /// `WindowState`.
    pub window_state: WindowState,
    /// `FailJobWithMissingECOF`.
    pub fail_job_with_missing_ecof: bool,
    /// `CaptureJobOutput`.
    pub capture_job_output: bool,
    /// `ArchiveDaysToKeep`, in days.
    pub archive_days_to_keep: u32,
    /// `MaximumLogFileSize`, in bytes, never zero.
    pub maximum_log_file_size: u32,
    /// `TraceLevel`, 0 or 1.
    pub trace_level: u32,
    /// `TraceSAMMessages`.
    pub trace_sam_messages: bool,
    /// `DumpJobDetails`.
    pub dump_job_details: bool,
    /// `LogCriticalErrorsAsEvents`.
    pub log_critical_errors_as_events: bool,
    /// `JORSSocket`, never zero and never `socket_number_to_sam`.
    pub jors_socket: u16,
    /// `MaxJorsFileSize`, in bytes.
    pub max_jors_file_size: u32,
    /// `LogComposition`.
    pub log_composition: LogComposition,
    /// `TlsSmaftServerSocket`, if on; never the port of anything else.
    pub tls_smaft_server_socket: Option<u16>,
    /// `SmaftServerSocket`, if on; possibly `jors_socket`.
    pub smaft_server_socket: Option<u16>,
    /// `TemporaryFolderName`.
    pub temporary_folder_name: Text<'a>,
    /// `PacketSize`, in bytes.
    pub packet_size: u32,
    /// `MaskGTBandwidth`.
    pub mask_gt_bandwidth: bool,
    /// `ZipSupport`.
    pub zip_support: bool,
    /// `CompressSupport`.
    pub compress_support: bool,
    /// `AesSupport`.
    pub aes_support: bool,
    /// `DesSupport`.
    pub des_support: bool,
    /// `TripleDesSupport`.
    pub triple_des_support: bool,
    /// `[Service Start]`.
    pub service_start: EventSetting<'a>,
    /// `[Service Stop]`.
    pub service_stop: EventSetting<'a>,
    /// `[Job Start]`.
    pub job_start: EventSetting<'a>,
    /// `[Job Finished OK]`.
    pub job_finished_ok: EventSetting<'a>,
    /// `[Job Prerun Failed]`.
    pub job_prerun_failed: EventSetting<'a>,
    /// `[Job Initialization Error]`.
    pub job_initialization_error: EventSetting<'a>,
    /// `[Job Errored]`.
    pub job_errored: EventSetting<'a>,
    /// `[No Access To ECOF Directory]`.
    pub no_access_to_ecof_directory: EventSetting<'a>,
}

impl Settings<'_> {
    /// Whether a peer at `address` may connect.
    pub fn allows(&self, address: IpAddr) -> bool {
        self.allowed_ip_addresses.iter().any(|allowed| allowed.allows(address))
    }

    /// Where parsing starts. Never observable: omitted settings get their defaults.
    pub(super) const BLANK: Self = Self {
        display_service_name: Text::new(&[]),
        short_service_name: Text::new(&[]),
        maximum_number_of_jobs: 0,
        default_ecof_directory: Text::new(&[]),
        initialization_script: Text::new(&[]),
        termination_script: Text::new(&[]),
        start_all_processes_wrapper: Text::new(&[]),
        capture_job_statistics: false,
        kill_wrapper_on_job_kill: false,
        use_wrapper_for_preruns: false,
        use_secure_socket: false,
        tls_certificate_serial: Text::new(&[]),
        tls_client_validation: false,
        tls_check_certificate_revocation: false,
        tls_require_revocation_status: false,
        default_working_directory_as_program: false,
        post_process: Text::new(&[]),
        use_schedule_name_in_output_file: false,
        socket_number_to_sam: 0,
        allowed_ip_addresses: [AllowedAddress::None; 4],
        check_crc: false,
        inbound_buffer_count: 0,
        window_state: WindowState::Hide,
        fail_job_with_missing_ecof: false,
        capture_job_output: false,
        archive_days_to_keep: 0,
        maximum_log_file_size: 0,
        trace_level: 0,
        trace_sam_messages: false,
        dump_job_details: false,
        log_critical_errors_as_events: false,
        jors_socket: 0,
        max_jors_file_size: 0,
        log_composition: LogComposition::Mix,
        tls_smaft_server_socket: None,
        smaft_server_socket: None,
        temporary_folder_name: Text::new(&[]),
        packet_size: 0,
        mask_gt_bandwidth: false,
        zip_support: false,
        compress_support: false,
        aes_support: false,
        des_support: false,
        triple_des_support: false,
        service_start: EventSetting::NONE,
        service_stop: EventSetting::NONE,
        job_start: EventSetting::NONE,
        job_finished_ok: EventSetting::NONE,
        job_prerun_failed: EventSetting::NONE,
        job_initialization_error: EventSetting::NONE,
        job_errored: EventSetting::NONE,
        no_access_to_ecof_directory: EventSetting::NONE,
    };
}
