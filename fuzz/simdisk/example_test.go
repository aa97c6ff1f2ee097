package simdisk_test

import (
	"fmt"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/xadb/xadb/fuzz/simdisk"
)

// A program replaces a file's content in place and acknowledges it after a
// sync. Every crash point is tried with every image: before the acknowledgement
// anything may be there, from then on only the new content.
func ExampleDisk_Images() {
	disk := simdisk.New(simdisk.Options{Seed: 1})
	if err := disk.WriteFile("balance", []byte("100")); err != nil {
		fmt.Println(err)
		return
	}
	start := disk.Ops()

	file, err := disk.FS().OpenReadWrite("balance", vfs.WriteCategoryUnspecified)
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, part := range []string{"2", "50"} {
		if _, err := file.Write([]byte(part)); err != nil {
			fmt.Println(err)
			return
		}
	}
	if err := file.Sync(); err != nil {
		fmt.Println(err)
		return
	}
	acknowledged := disk.Ops()

	for k := start; k <= disk.Ops(); k++ {
		for choice, image := range disk.Images(k, simdisk.AllImages()) {
			content, err := image.ReadFile("balance")
			fmt.Printf("crash at %d, %s: %s %v", k, choice, content, err)
			if k >= acknowledged {
				fmt.Print(", and it must be 250")
			}
			fmt.Println()
		}
	}
	// Output:
	// crash at 3, synced: 100 <nil>
	// crash at 4, synced: 100 <nil>
	// crash at 4, keep=0: 200 <nil>
	// crash at 5, synced: 100 <nil>
	// crash at 5, keep=0: 200 <nil>
	// crash at 5, keep=1: 150 <nil>
	// crash at 5, keep=0-1: 250 <nil>
	// crash at 6, synced: 250 <nil>, and it must be 250
}
