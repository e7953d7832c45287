//! Who may do what with a file or folder (Microsoft: Access Control Lists).

use std::os::windows::ffi::OsStrExt;
use std::path::Path;
use std::ptr;

use windows_sys::Win32::Foundation::{ERROR_SUCCESS, GENERIC_ALL, GENERIC_READ, GENERIC_WRITE, LocalFree};
use windows_sys::Win32::Security::Authorization::{
    ConvertStringSecurityDescriptorToSecurityDescriptorW, GetNamedSecurityInfoW, SDDL_REVISION_1,
    SE_FILE_OBJECT,
};
use windows_sys::Win32::Security::{
    ACCESS_ALLOWED_ACE, ACE_HEADER, ACL, DACL_SECURITY_INFORMATION, GetAce, GetSecurityDescriptorControl,
    INHERIT_ONLY_ACE, IsWellKnownSid, OBJECT_SECURITY_INFORMATION, PROTECTED_DACL_SECURITY_INFORMATION,
    PSECURITY_DESCRIPTOR, SE_DACL_PROTECTED, SetFileSecurityW, UNPROTECTED_DACL_SECURITY_INFORMATION,
    WELL_KNOWN_SID_TYPE, WinAccountDomainUsersSid, WinAnonymousSid, WinAuthenticatedUserSid,
    WinBuiltinGuestsSid, WinBuiltinUsersSid, WinInteractiveSid, WinLocalSid, WinNetworkSid, WinWorldSid,
};

use super::{OsError, wide};

/// FILE_READ_DATA, or a generic right that includes it.
pub(crate) const READ: u32 = 0x1 | GENERIC_READ | GENERIC_ALL;
/// FILE_WRITE_DATA (of a folder, FILE_ADD_FILE), FILE_APPEND_DATA (FILE_ADD_SUBDIRECTORY), FILE_DELETE_CHILD,
/// DELETE, WRITE_DAC, WRITE_OWNER, or a generic right that includes one of them.
pub(crate) const WRITE: u32 = 0x2 | 0x4 | 0x40 | 0x1_0000 | 0x4_0000 | 0x8_0000 | GENERIC_WRITE | GENERIC_ALL;

/// ACCESS_ALLOWED_ACE_TYPE
const ALLOWED: u8 = 0;

/// The groups that have members other than the machine's administrators, with their English names.
const GROUPS: [(WELL_KNOWN_SID_TYPE, &str); 9] = [
    (WinWorldSid, "Everyone"),
    (WinAuthenticatedUserSid, "Authenticated Users"),
    (WinBuiltinUsersSid, "Users"),
    (WinAccountDomainUsersSid, "Domain Users"),
    (WinInteractiveSid, "INTERACTIVE"),
    (WinNetworkSid, "NETWORK"),
    (WinLocalSid, "LOCAL"),
    (WinBuiltinGuestsSid, "Guests"),
    (WinAnonymousSid, "ANONYMOUS LOGON"),
];

/// A security descriptor allocated by Windows.
struct Descriptor(PSECURITY_DESCRIPTOR);

impl Drop for Descriptor {
    fn drop(&mut self) {
        // SAFETY: Windows allocated it with LocalAlloc, and it is freed once.
        unsafe { LocalFree(self.0) };
    }
}

/// Restricts the file or folder at `path`, and its future contents, to its owner (OWNER RIGHTS), the system
/// and administrators.
pub(crate) fn make_private(path: &Path) -> Result<(), OsError> {
    let inherited = if path.is_dir() { "OICI" } else { "" };
    set_access(
        path,
        &format!("D:P(A;{inherited};FA;;;S-1-3-4)(A;{inherited};FA;;;SY)(A;{inherited};FA;;;BA)"),
    )
}

/// Sets the access control list of the file or folder at `path` to `text` (Microsoft: Security Descriptor
/// String Format), without inheriting from its parent folder.
pub(crate) fn set_access(path: &Path, text: &str) -> Result<(), OsError> {
    let text = wide(text);
    let mut descriptor = ptr::null_mut();
    // SAFETY: the text is zero-terminated; the call writes one pointer, and the length is not requested.
    let converted = unsafe {
        ConvertStringSecurityDescriptorToSecurityDescriptorW(
            text.as_ptr(),
            SDDL_REVISION_1,
            &raw mut descriptor,
            ptr::null_mut(),
        )
    };
    if converted == 0 {
        return Err(OsError::last());
    }
    let descriptor = Descriptor(descriptor);
    set_list(path, PROTECTED_DACL_SECURITY_INFORMATION, &descriptor)
}

/// Sets the access control list of the file at `path` to that of the one at `model`, including whether it
/// inherits from the folder. If `model` has no list, which means that everybody may do everything, the file
/// keeps its own list.
pub(crate) fn copy_access(model: &Path, path: &Path) -> Result<(), OsError> {
    let (descriptor, list) = access(model)?;
    if list.is_null() {
        return Ok(());
    }
    let (mut control, mut revision) = (0, 0);
    // SAFETY: the descriptor is alive; the call writes two numbers.
    if unsafe { GetSecurityDescriptorControl(descriptor.0, &raw mut control, &raw mut revision) } == 0 {
        return Err(OsError::last());
    }
    let inheritance = if control & SE_DACL_PROTECTED == 0 {
        UNPROTECTED_DACL_SECURITY_INFORMATION
    } else {
        PROTECTED_DACL_SECURITY_INFORMATION
    };
    set_list(path, inheritance, &descriptor)
}

/// Which of [`GROUPS`] are granted one of the rights in `mask` to the file or folder at `path`.
pub(crate) fn groups_with(path: &Path, mask: u32) -> Result<Vec<&'static str>, OsError> {
    let (_descriptor, list) = access(path)?;
    if list.is_null() {
        // Without a list, everything is allowed.
        return Ok(vec!["Everyone"]);
    }
    // SAFETY: the list is not null and lives in the descriptor.
    let count = unsafe { (*list).AceCount };
    let mut found = Vec::new();
    for index in 0..u32::from(count) {
        let mut entry = ptr::null_mut();
        // SAFETY: the list is alive; the call writes one pointer into it.
        if unsafe { GetAce(list, index, &raw mut entry) } == 0 {
            return Err(OsError::last());
        }
        // SAFETY: every entry begins with a header, for which lists are aligned.
        let header = unsafe { &*entry.cast::<ACE_HEADER>() };
        if header.AceType != ALLOWED || u32::from(header.AceFlags) & INHERIT_ONLY_ACE != 0 {
            continue;
        }
        let entry = entry.cast::<ACCESS_ALLOWED_ACE>();
        // SAFETY: an entry of this type consists of a header, a mask, and a SID that begins at SidStart.
        let (allowed, sid) = unsafe { ((*entry).Mask, (&raw mut (*entry).SidStart).cast()) };
        if allowed & mask == 0 {
            continue;
        }
        for (kind, name) in GROUPS {
            // SAFETY: the SID is complete within its entry, and only read.
            if unsafe { IsWellKnownSid(sid, kind) } != 0 && !found.contains(&name) {
                found.push(name);
            }
        }
    }
    Ok(found)
}

/// Sets the access control list of the file or folder at `path` to that of `descriptor`.
fn set_list(
    path: &Path,
    inheritance: OBJECT_SECURITY_INFORMATION,
    descriptor: &Descriptor,
) -> Result<(), OsError> {
    let path = wide_path(path);
    // Not SetNamedSecurityInfoW, which in Wine adds inherited entries to a protected list. SAFETY: the path
    // is zero-terminated and only read; the descriptor is alive.
    let set =
        unsafe { SetFileSecurityW(path.as_ptr(), DACL_SECURITY_INFORMATION | inheritance, descriptor.0) };
    if set == 0 { Err(OsError::last()) } else { Ok(()) }
}

/// The access control list of the file or folder at `path`, null if it has none, and the descriptor that owns
/// it.
fn access(path: &Path) -> Result<(Descriptor, *mut ACL), OsError> {
    let path = wide_path(path);
    let (mut list, mut descriptor): (*mut ACL, _) = (ptr::null_mut(), ptr::null_mut());
    // SAFETY: the path is zero-terminated; the call writes the two pointers, of which the first points into
    // what the second owns.
    code(unsafe {
        GetNamedSecurityInfoW(
            path.as_ptr(),
            SE_FILE_OBJECT,
            DACL_SECURITY_INFORMATION,
            ptr::null_mut(),
            ptr::null_mut(),
            &raw mut list,
            ptr::null_mut(),
            &raw mut descriptor,
        )
    })?;
    Ok((Descriptor(descriptor), list))
}

fn wide_path(path: &Path) -> Vec<u16> {
    path.as_os_str().encode_wide().take_while(|&unit| unit != 0).chain([0]).collect()
}

const fn code(code: u32) -> Result<(), OsError> {
    if code == ERROR_SUCCESS { Ok(()) } else { Err(OsError(code)) }
}
