package meta

import (
	"strings"
	"testing"

	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/order"
	"github.com/eshopbox/whatsapp-notifications/shared/provider"
)

// TestClassify holds the policy of the contract's section 6, row by row, apart from the tables.
func TestClassify(t *testing.T) {
	t.Parallel()
	policy := map[message.Class]string{
		message.ClassTransient:      "1 2 131000 131014 131016 131052 131053 131057 133004 134101 2494100 500",
		message.ClassThrottled:      "4 80007 130429 131056 133016 429",
		message.ClassRecipient:      "130472 130497 131026 131049 408 410 472 1013 1026",
		message.ClassOptedOut:       "131050",
		message.ClassTemplate:       "131063 132000 132001 132005 132007 132012 132018 132068 132069",
		message.ClassTemplatePaused: "132015 132016 134011",
		message.ClassAccount: "0 3 10 33 190 200 250 299 368 131005 131031 131037 131042 131044 131045 131048 131064 133000 133010 " +
			"134102 139200 141002 402 430 432 433 471",
		message.ClassBadRequest: "100 131008 131009 131021 131030 131047 131051 131055 131059 131062 132008 133005 133006 133008 " +
			"133009 133015 134100 135000 137000 2046 2047 470 501",
	}
	causes := map[message.Cause]string{
		message.CauseNotOnWhatsApp: "131026 1013",
		message.CauseBalance:       "131042 131044 402",
		message.CauseCredentials:   "0 3 10 33 190 200 250 299 131005",
		message.CauseBlocked:       "368 131031 131037 131045 131048 131064 133000 133010 134102 139200 141002 430 432 433 471",
	}
	wantCause := map[string]message.Cause{}
	for cause, list := range causes {
		for code := range strings.FieldsSeq(list) {
			wantCause[code] = cause
		}
	}
	listed := 0
	for class, list := range policy {
		for code := range strings.FieldsSeq(list) {
			listed++
			got, ok := classify(code)
			if !ok || got.Class != class || got.Cause != wantCause[code] || got.Code != code {
				t.Errorf("%s: got %s %q (listed: %v), want %s %q", code, got.Class, got.Cause, ok, class, wantCause[code])
			}
		}
	}
	if rows := len(codes()); rows != listed {
		t.Errorf("tables have %d codes, the policy %d", rows, listed)
	}
	for _, code := range []string{"", "300", "199", "131027", "x", "0131026"} {
		if got, ok := classify(code); ok || got != provider.Unlisted.Coded(code) || got.Code != code {
			t.Errorf("%q: got %v, listed %v", code, got, ok)
		}
	}
}

func TestEveryRowHasItsSource(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for _, table := range codeTables {
		for _, row := range table {
			if _, words, ok := strings.Cut(row.source, ": "); !ok || words == "" {
				t.Errorf("%s: source %q", row.code, row.source)
			}
			if seen[row.code] {
				t.Errorf("%s: stands there twice", row.code)
			}
			if row.means.RetryAfter != 0 && row.means.Class != message.ClassThrottled {
				t.Errorf("%s: waits and is no throttle", row.code)
			}
			seen[row.code] = true
		}
	}
}

func TestOrderStatus(t *testing.T) {
	t.Parallel()
	p := New(Config{})
	want := map[string]string{
		"shipment/created": StatusProcessing, "shipment/packed": StatusProcessing, "shipment/ready_to_ship": StatusProcessing,
		"shipment/picked_up": StatusShipped, "shipment/dispatched": StatusShipped, "shipment/intransit": StatusShipped,
		"shipment/out_for_delivery": StatusShipped, "shipment/delivered": StatusCompleted, "shipment/cancelled_order": StatusCanceled,
	}
	for _, e := range order.Catalog() {
		got, ok := p.OrderStatus(e.Kind, "")
		if got != want[e.Kind.String()] || ok != (got != "") {
			t.Errorf("%s: got %q, %v, want %q", e.Kind, got, ok, want[e.Kind.String()])
		}
		for stage, word := range map[order.Stage]string{
			order.StageProcessing: "processing", order.StagePartlyShipped: "partially_shipped", order.StageShipped: "shipped",
			order.StageCompleted: "completed", order.StageCancelled: "canceled",
		} {
			if want[e.Kind.String()] == "" {
				word = ""
			}
			if got, ok := p.OrderStatus(e.Kind, stage); got != word || ok != (word != "") {
				t.Errorf("%s at %s: got %q, %v, want %q", e.Kind, stage, got, ok, word)
			}
		}
	}
	for _, row := range statusTable {
		if _, ok := order.Lookup(row.kind); !ok || !orderStatuses[row.status] || !strings.Contains(row.source, ": "+row.status) {
			t.Errorf("row %s: status %q, source %q", row.kind, row.status, row.source)
		}
	}
}
