package store_test

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/eshopbox/whatsapp-notifications/shared/local/cloud/firestore"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
	"github.com/eshopbox/whatsapp-notifications/shared/testkit"
)

// asked is what the queries of all tests asked of the indexes. Each was served by the declared ones: the local cloud refuses others, in these tests
// and in those of every other package.
var asked firestore.Queries

// TestMain holds that some query of the tests needs each declared index, so that none is paid for and serves nothing.
func TestMain(m *testing.M) {
	code := m.Run()
	if code == 0 && testkit.All() {
		code = unneeded()
	}

	os.Exit(code)
}

// unneeded names the indexes that no query needed.
func unneeded() int {
	indexes, err := firestore.ParseIndexes(bytes.NewReader(store.Indexes))
	if err == nil {
		var names []string
		if names, err = asked.Unneeded(indexes); err == nil && len(names) == 0 {
			return 0
		}

		fmt.Fprintf(os.Stderr, "firestore.indexes.json: no query of the tests needs\n  %s\n", strings.Join(names, "\n  "))
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
	}

	return 1
}

// TestMissingIndexIsNoConflict holds that a query without its index fails otherwise than a write that another was faster than.
func TestMissingIndexIsNoConflict(t *testing.T) {
	t.Parallel()
	db := local(t, []byte("{}"), nil)
	if _, err := db.DueMessages(t.Context(), at, 5); err == nil || errors.Is(err, store.ErrConflict) {
		t.Errorf("got %v, want an error that is no conflict", err)
	}
}
