package syncengine_test

import (
	"errors"
	"strings"
	"testing"

	"raksa/syncengine"
)

type row struct{ Due string }

func TestATableKeepsItsRows(t *testing.T) {
	n, table := newNode(t, 1), syncengine.Table[row]("host-due")
	n.update(func(tx syncengine.Tx) error {
		for _, key := range []string{"b2", "a1", "b1"} {
			if err := table.Put(tx, []byte(key), row{Due: key}); err != nil {
				return err
			}
		}
		return table.Delete(tx, []byte("b2"))
	})
	n.view(func(tx syncengine.Tx) error {
		if got, here, err := table.Get(tx, []byte("a1")); err != nil || !here || got.Due != "a1" {
			t.Errorf("got %v, %v, %v", got, here, err)
		}
		if _, here, err := table.Get(tx, []byte("b2")); err != nil || here {
			t.Errorf("a deleted row: %v, %v", here, err)
		}
		keys := ""
		err := table.Each(tx, []byte("b"), func(key []byte, r row) error { keys += string(key) + r.Due + " "; return nil })
		if keys != "b1b1 " {
			t.Errorf("each: %s", keys)
		}
		return err
	})
}

func TestADamagedRowIsMalformedAndNotQuoted(t *testing.T) {
	n, table := newNode(t, 1), syncengine.Table[row]("host-due")
	n.update(func(tx syncengine.Tx) error { return tx.Put("host-due", []byte("a"), []byte(`{"Due": made up`)) })
	n.view(func(tx syncengine.Tx) error {
		_, here, err := table.Get(tx, []byte("a"))
		var malformed *syncengine.Malformed
		if !errors.As(err, &malformed) || here || strings.Contains(err.Error(), "made up") {
			t.Errorf("%v, %v", here, err)
		}
		return nil
	})
}
