package message_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/eshopbox/whatsapp-notifications/shared/message"
)

// TestCustomers names each customer once, in the order of the messages, and leaves out messages that have none.
func TestCustomers(t *testing.T) {
	t.Parallel()
	got := message.Customers([]message.Message{{CustomerID: "b"}, {}, {CustomerID: "a"}, {CustomerID: "b"}})
	if diff := cmp.Diff([]string{"b", "a"}, got); diff != "" {
		t.Errorf("customers (-want +got):\n%s", diff)
	}
}
