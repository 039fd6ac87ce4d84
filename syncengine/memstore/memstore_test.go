package memstore_test

import (
	"testing"

	"raksa/syncengine"
	"raksa/syncengine/memstore"
	"raksa/syncengine/storetest"
)

func TestStore(t *testing.T) {
	storetest.Run(t, func(*testing.T) syncengine.Store { return &memstore.Store{} })
}
