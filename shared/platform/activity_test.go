package platform_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/eshopbox/whatsapp-notifications/shared/platform"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// sent is an activity with all that CONTRACT.md section 4.1 names.
func sent() platform.Activity {
	at := time.Unix(1707818450, 0)
	return platform.Activity{
		Type: platform.ActivitySent, AccountSlug: "neem-and-co", AccountID: "811", OrderID: "51230077",
		VendorOrderNumber: "#20417", CustomerOrderNumber: "NC-20417", MessageID: "wamid.EXAMPLEROOT01", IsRoot: true,
		Status: "failed_delivery", CustomerName: "Ira Sample", CustomerContactNumber: "9000000001", Email: "ira@example.test",
		ForwardTrackingID: "DL0099887766", ExternalShipmentID: "NC-20417-6120-311", ExternalChannelID: "CH6120",
		From: "+910000000000", To: "+919000000001", At: at, SentOn: at,
	}
}

func TestActivityEvents(t *testing.T) {
	t.Parallel()
	delivered := sent()
	delivered.Type, delivered.IsRoot, delivered.DeliveredAt = platform.ActivityDelivered, false, time.Unix(1707818460, 5e8)
	failed := sent()
	failed.Type, failed.FailureReason, failed.SentOn = platform.ActivityFailed, "message undeliverable", time.Time{}
	reply := sent()
	reply.Type, reply.ActionTaken, reply.IsRoot = platform.ActivityReply, "Request delivery attempt", false
	odd := sent()
	odd.OrderID, odd.AccountID, odd.From, odd.To = "NC-0<1>", "", "", ""
	for name, a := range map[string]platform.Activity{
		"sent_root": sent(), "delivered_not_root": delivered, "failed": failed, "customer_reply": reply, "ids_that_are_no_numbers": odd,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := a.Event()
			if err != nil {
				t.Fatal(err)
			}
			var indented bytes.Buffer
			if err = json.Indent(&indented, got, "", "  "); err != nil {
				t.Fatal(err)
			}
			indented.WriteByte('\n')
			file := filepath.Join("testdata", "activity_"+name+".json")
			if *update {
				if err = os.WriteFile(file, indented.Bytes(), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), indented.String()); diff != "" {
				t.Errorf("event (-want +got):\n%s", diff)
			}
		})
	}
}

// TestActivityKeys holds the envelope against CONTRACT.md section 4.1, which a golden file written by the code cannot.
func TestActivityKeys(t *testing.T) {
	t.Parallel()
	root, err := sent().Event()
	if err != nil {
		t.Fatal(err)
	}
	var got map[string]any
	if err = json.Unmarshal(root, &got); err != nil {
		t.Fatal(err)
	}
	want := map[string]any{
		"resource": "customer_notification", "eventType": "POST", "eventSubType": "sent", "accountSlug": "neem-and-co", "accountId": nil,
		"actor": "Ira Sample", "version": "v1", "account_slug": "neem-and-co",
		"response_data": map[string]any{
			"vendorOrderNumber": "#20417", "order_id": 51230077.0, "account_id": 811.0, "notification_type": "whatsApp",
			"messagedId": "wamid.EXAMPLEROOT01", "isRootMessage": 1.0, "status": "failed_delivery", "customerName": "Ira Sample",
			"failureReason": "", "customerContactNumber": "9000000001", "email": "ira@example.test", "forwardTrackingID": "DL0099887766",
			"externalShipmentID": "NC-20417-6120-311", "customerOrderNumber": "NC-20417", "channelId": "CH6120",
			"account_slug": "neem-and-co", "timestamp": "1707818450", "from": "Eshopbox (910000000000)", "to": "919000000001",
			"sentOn": "1707818450", "deliveredAt": "",
		},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("envelope (-want +got):\n%s", diff)
	}
	other := sent()
	other.IsRoot = false
	event, err := other.Event()
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Contains(event, []byte("isRootMessage")) {
		t.Error("isRootMessage is present on a message that is not the root")
	}
}
