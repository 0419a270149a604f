//! A full disk stops the node without harming it.

use std::{
    path::{Path, PathBuf},
    process::Command,
};

use mithaq_store::{CommitError, Store, StoreError};
use protocol::suite::AwsLc;
use tempfile::TempDir;

use crate::support::*;

/// A small file system in memory, unmounted at the end. Only root may mount one.
struct SmallDisk(TempDir);

impl SmallDisk {
    fn mount(megabytes: u32) -> Option<Self> {
        let dir = TempDir::new().unwrap();
        let options = format!("size={megabytes}m");
        let mounted = Command::new("mount").args(["-t", "tmpfs", "-o", &options, "tmpfs"]).arg(dir.path()).output();
        mounted.is_ok_and(|output| output.status.success()).then_some(Self(dir))
    }

    fn path(&self) -> &Path {
        self.0.path()
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg(self.path()).status();
    }
}

/// Fills the disk and returns the file that does.
fn fill(disk: &Path) -> PathBuf {
    let path = disk.join("filler");
    let mut file = std::fs::File::create(&path).unwrap();
    let error = std::io::copy(&mut std::io::repeat(1), &mut file).unwrap_err();
    assert_eq!(error.kind(), std::io::ErrorKind::StorageFull);
    path
}

// spec: REST-14
#[test]
fn a_full_disk_refuses_and_loses_nothing() {
    let Some(disk) = SmallDisk::mount(24) else {
        println!("skipped: disk-full: a small tmpfs can only be mounted as root");
        return;
    };
    let mut entropy = Counter(0);
    let mut store = Store::open(&disk.path().join("node"), &MASTER, &AwsLc, &mut entropy).unwrap();
    store.commit(&append(batch(LOG, 0, &[march(); 100], 1500)), NOW_US, &mut entropy).unwrap();
    let filler = fill(disk.path());

    // The write-ahead log has its length already, so small steps still succeed for a while, then all are refused.
    let mut size = 100;
    let error = loop {
        match store.commit(&append(batch(LOG, size, &[march(); 1000], 1500)), NOW_US, &mut entropy) {
            Ok(()) => size += 1000,
            Err(error) => break error,
        }
    };
    assert!(matches!(&error, CommitError::Store(StoreError::Full { .. })), "{error}");
    assert!(error.to_string().contains("disk is full"), "{error}");
    let reader = store.readers().reader().unwrap();
    assert_eq!(reader.head(&LOG).unwrap().unwrap().size, size);
    assert_eq!(reader.commitments(&LOG, u64::MAX).unwrap().len() as u64, size);

    // A key that can't be written, and a blob that can't.
    let error = store.commit(&append(batch(LOG, size, &[april()], 10)), NOW_US, &mut entropy).unwrap_err();
    assert!(matches!(&error, CommitError::Store(StoreError::Full { .. })), "{error}");
    let mut writer = store.blobs().new_writer(&mut entropy).unwrap();
    let error = writer.append(0, &[0; 1 << 20]).unwrap_err();
    assert!(matches!(&error, StoreError::Full { .. }), "{error}");
    assert_eq!(writer.stored(), 0);
    drop(writer);
    // Destruction needs no room.
    assert!(store.keys().destroy_period(CHANNEL, march()).unwrap());

    std::fs::remove_file(filler).unwrap();
    store.commit(&append(batch(LOG, size, &[april(); 10], 1500)), NOW_US, &mut entropy).unwrap();
    drop((reader, store));
    let store = Store::open(&disk.path().join("node"), &MASTER, &AwsLc, &mut entropy).unwrap();
    assert_eq!(store.readers().reader().unwrap().head(&LOG).unwrap().unwrap().size, size + 10);
}
