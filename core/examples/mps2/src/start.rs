//! Reasons why the firmware does not start, all found before the first client and repeated as long as the
//! board is on.

use core::time::Duration;

use lsam_core::tls::Identity;
use static_cell::StaticCell;

use crate::board::Board;
use crate::key::FlashKey;
use crate::log::{Event, log};
use crate::platform::Clock as _;

/// How often the reason is repeated, for anyone who looks at the log later.
const PERIOD: Duration = Duration::from_secs(2);

/// The key with this private scalar, which must match the identity's certificate. It is static: there is only
/// one.
///
/// # Errors
/// What is wrong with it, for [`refused`].
#[inline(never)]
pub fn key(scalar: &[u8], identity: &Identity<'_>) -> Result<&'static mut FlashKey, Event<'static>> {
    static KEY: StaticCell<FlashKey> = StaticCell::new();

    let key = FlashKey::new(scalar).ok_or(Event::BadKey)?;
    let fits = identity.chain.first().is_some_and(|leaf| key.is_of(leaf));
    if fits { Ok(KEY.init(key)) } else { Err(Event::KeyOfAnother) }
}

/// Repeatedly reports why the firmware has not started. It can't start without what is missing, and nothing
/// that happens later would change that.
#[inline(never)]
pub fn refused(mut board: Board, why: &Event<'_>) -> ! {
    board.start_interrupts();
    loop {
        log(why);
        let until = board.clock.uptime() + PERIOD;
        while board.clock.uptime() < until {
            board.idle();
        }
    }
}
