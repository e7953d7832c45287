//! The profile functions of Windows. All `unsafe` code of this program is here.

use std::io;
use std::path::Path;

use crate::profile::{Profile, Wide};

/// A file that the profile functions read.
#[cfg(windows)]
pub(crate) struct File {
    /// The path, zero-terminated.
    path: Wide,
}

/// Other systems have no profile functions.
#[cfg(not(windows))]
pub(crate) enum File {}

#[cfg(windows)]
mod functions {
    use std::os::windows::ffi::OsStrExt;
    use std::ptr;

    use windows_sys::Win32::System::WindowsProgramming::{
        GetPrivateProfileSectionNamesW, GetPrivateProfileStringW,
    };

    use super::{File, Path, Profile, Wide, io};

    /// Room for an answer, in code units; no generated file fills it.
    const ROOM: u32 = 0x1_0000;

    /// A value that no file contains, for the answer about a missing key.
    const NONE: [u16; 3] = [1, 2, 1];

    impl File {
        /// The file at `path`.
        pub(crate) fn new(path: &Path) -> io::Result<Self> {
            Ok(Self { path: zero_ended(&path.as_os_str().encode_wide().collect::<Wide>()) })
        }

        /// `GetPrivateProfileString`: a value, or the names of the keys if `key` is `None`.
        fn string(&self, section: &[u16], key: Option<&[u16]>) -> Wide {
            let (section, key, none) = (zero_ended(section), key.map(zero_ended), zero_ended(&NONE));
            let key = key.as_ref().map_or(ptr::null(), |key| key.as_ptr());
            let mut answer = vec![0; ROOM as usize];
            // SAFETY: the texts are zero-terminated and outlive the call; `answer` has the given room.
            let len = unsafe {
                GetPrivateProfileStringW(
                    section.as_ptr(),
                    key,
                    none.as_ptr(),
                    answer.as_mut_ptr(),
                    ROOM,
                    self.path.as_ptr(),
                )
            };
            cut(answer, len)
        }
    }

    impl Profile for File {
        fn sections(&self) -> Vec<Wide> {
            let mut answer = vec![0; ROOM as usize];
            // SAFETY: the path is zero-terminated and outlives the call; `answer` has the given room.
            let len =
                unsafe { GetPrivateProfileSectionNamesW(answer.as_mut_ptr(), ROOM, self.path.as_ptr()) };
            list(&cut(answer, len))
        }

        fn keys(&self, section: &[u16]) -> Vec<Wide> {
            let answer = self.string(section, None);
            if answer == NONE { Vec::new() } else { list(&answer) }
        }

        fn value(&self, section: &[u16], key: &[u16]) -> Option<Wide> {
            Some(self.string(section, Some(key))).filter(|answer| answer != &NONE)
        }
    }

    /// The first `len` units, which were written.
    fn cut(mut answer: Wide, len: u32) -> Wide {
        assert!(len < ROOM - 2, "an answer may have been cut");
        answer.truncate(len as usize);
        answer
    }

    fn zero_ended(text: &[u16]) -> Wide {
        text.iter().copied().chain([0]).collect()
    }

    /// Splits zero-terminated texts.
    fn list(texts: &[u16]) -> Vec<Wide> {
        texts.split(|unit| *unit == 0).filter(|text| !text.is_empty()).map(<[u16]>::to_vec).collect()
    }
}

#[cfg(not(windows))]
impl File {
    /// Always fails.
    pub(crate) fn new(_: &Path) -> io::Result<Self> {
        Err(io::Error::new(io::ErrorKind::Unsupported, "this needs the profile functions of Windows"))
    }
}

#[cfg(not(windows))]
impl Profile for File {
    fn sections(&self) -> Vec<Wide> {
        match *self {}
    }

    fn keys(&self, _: &[u16]) -> Vec<Wide> {
        match *self {}
    }

    fn value(&self, _: &[u16], _: &[u16]) -> Option<Wide> {
        match *self {}
    }
}
