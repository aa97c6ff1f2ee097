package simdisk

import (
	"math"

	"github.com/cockroachdb/pebble/v2/vfs"
)

// unlimited is the size that a disk without a quota claims to have.
const unlimited = 1 << 40

// SetQuota changes the disk's size; 0 = no limit. What is there stays, even
// above the limit.
func (d *Disk) SetQuota(bytes int64) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.opts.QuotaBytes = max(bytes, 0)
}

// full reports whether nothing new fits. REQUIRES: d.mu held.
func (d *Disk) full() bool { return d.opts.QuotaBytes > 0 && d.used >= d.opts.QuotaBytes }

// room returns up to where i may reach. REQUIRES: d.mu held.
func (d *Disk) room(i *inode) int64 {
	if d.opts.QuotaBytes == 0 {
		return math.MaxInt64
	}
	return i.alloc + max(d.opts.QuotaBytes-d.used, 0)
}

// reserve charges i for reaching up to end. REQUIRES: d.mu held.
func (d *Disk) reserve(i *inode, end int64) {
	if more := end - i.alloc; more > 0 {
		i.alloc = end
		d.used += more
	}
}

// usage returns what statfs would. REQUIRES: d.mu held.
func (d *Disk) usage() vfs.DiskUsage {
	total := d.opts.QuotaBytes
	if total == 0 {
		total = unlimited
	}
	return vfs.DiskUsage{
		AvailBytes: uint64(max(total-d.used, 0)),
		TotalBytes: uint64(total),
		UsedBytes:  uint64(d.used),
	}
}
