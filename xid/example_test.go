package xid_test

import (
	"errors"
	"fmt"

	"github.com/xadb/xadb/xid"
)

// The two branches of one global transaction share the gtrid and differ in
// the bqual.
func ExampleNew() {
	east, _ := xid.New(1, []byte("order-42"), []byte("east"))
	west, _ := xid.New(1, []byte("order-42"), []byte("west"))

	fmt.Println(east.SQL())
	fmt.Println(west)
	fmt.Println(len(east.Encode(nil)), east == west)

	_, err := xid.New(1, nil, []byte("east"))
	fmt.Println(errors.Is(err, xid.ErrInvalid))
	// Output:
	// 'order-42','east'
	// X'6f726465722d3432',X'77657374',1
	// 152 false
	// true
}
