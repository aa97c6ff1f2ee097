package groupcommit_test

import (
	"context"
	"fmt"

	"github.com/xadb/xadb/groupcommit"
)

func Example() {
	p := groupcommit.New(groupcommit.Hooks[string]{
		Flush: func(group []*groupcommit.Member[string]) error {
			for _, m := range group {
				if m.Txn == "" {
					m.Fail(fmt.Errorf("nothing to commit")) // this member alone
					continue
				}
				fmt.Println("append", m.Txn)
			}
			return nil
		},
		Sync: func(group []*groupcommit.Member[string]) error {
			fmt.Println("sync for", len(group))
			return nil
		},
		Commit: func(group []*groupcommit.Member[string]) error {
			for _, m := range group {
				fmt.Println("apply", m.Txn)
			}
			return nil
		},
	}, groupcommit.Options{})

	fmt.Println(p.Run(context.Background(), "transfer"))
	fmt.Println(p.Run(context.Background(), ""))
	// Output:
	// append transfer
	// sync for 1
	// apply transfer
	// <nil>
	// nothing to commit
}
