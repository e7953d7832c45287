//! Device registers of 32 bits.

/// A register by its address.
#[derive(Clone, Copy)]
pub(super) struct Register(usize);

impl Register {
    /// The register at `address`, which is one of the board's (ARM application note AN386, table 3-1),
    /// aligned to 4 bytes.
    pub(super) const fn at(address: usize) -> Self {
        Self(address)
    }

    pub(super) fn read(self) -> u32 {
        // SAFETY: this type does not leave the module `board`, which creates it only from addresses of the
        // board's devices. These always exist, are aligned, and are not memory that Rust uses.
        unsafe { core::ptr::with_exposed_provenance::<u32>(self.0).read_volatile() }
    }

    pub(super) fn write(self, value: u32) {
        // SAFETY: as above. No device that this program writes to accesses memory on its own.
        unsafe { core::ptr::with_exposed_provenance_mut::<u32>(self.0).write_volatile(value) }
    }
}
