package store_test

import (
	"bytes"
	"testing"
	"time"

	"cloud.google.com/go/firestore"

	"github.com/eshopbox/whatsapp-notifications/shared/local/cloud"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
)

// TestUnreadableMessage costs no other message its turn: one document that no version of ours can read would keep sweep
// from everything else that is due, forever.
func TestUnreadableMessage(t *testing.T) {
	t.Parallel()
	c, err := cloud.Start(t.Context(), cloud.Options{Indexes: bytes.NewReader(store.Indexes), EnforceIndexes: true, Queries: &asked})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	db, err := store.Open(t.Context(), "store-test", c.ClientOptions()...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	raw, err := firestore.NewClient(t.Context(), "store-test", c.ClientOptions()...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = raw.Close() })
	for id, attempts := range map[string]any{"a0": map[string]any{}, "b0": "not a map", "c0": map[string]any{}} {
		_, err = raw.Collection("messages").Doc(id).Set(t.Context(), map[string]any{"bucket": 0, "due": at, "attempts": attempts})
		if err != nil {
			t.Fatal(err)
		}
	}
	due, err := db.DueMessages(t.Context(), at.Add(time.Minute), 9)
	if err == nil {
		t.Error("got no error, want one about the message that cannot be read")
	}
	if len(due) != 2 || due[0].ID != "a0" || due[1].ID != "c0" {
		t.Errorf("got %d messages, want the two that can be read", len(due))
	}

	for _, id := range []string{"a0", "c0"} { // what is left is due next, and cannot be read
		if _, err = raw.Collection("messages").Doc(id).Delete(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	next, err := db.NextDue(t.Context())
	if err != nil || !next.Equal(at) {
		t.Errorf("next due: got %s, %v, want %s", next, err, at)
	}

	for id, slug := range map[string]any{"811": "neem", "812": 7, "813": "marigold"} {
		_, err = raw.Collection("accounts").Doc(id).Set(t.Context(), map[string]any{"attention": true, "slug": slug})
		if err != nil {
			t.Fatal(err)
		}
	}
	accounts, err := db.AccountsNeedingAttention(t.Context(), "", 9)
	if err == nil || len(accounts) != 2 || accounts[0].ID != "811" || accounts[1].ID != "813" {
		t.Errorf("got %d accounts, %v, want the two that can be read and an error", len(accounts), err)
	}
}
