package garbage_test

import (
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/demo"
	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/lab"
	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
)

// push delivers an event to notify, changed, as Pub/Sub does.
func (r *rig) push(t *testing.T, event string, changes ...string) answer {
	t.Helper()
	data := strings.NewReplacer(changes...).Replace(string(fixture(t, "events/"+event+".json")))
	return r.send(t, request{method: http.MethodPost, path: notifyPath, body: wrapped([]byte(data), nil)})
}

func (r *rig) sendLog(t *testing.T, order string) []lab.LogEntry {
	t.Helper()
	entries, err := lab.SendLog(t.Context(), r.Parts.Store, order)
	if err != nil {
		t.Fatal(err)
	}
	return entries
}

func TestPhoneThatIsNone(t *testing.T) { //nolint:tparallel // its parts share a world: the writes of one must not be taken for those of another
	t.Parallel()
	r := newRig(t, nil)
	r.Simulator.Platform().RemoveOrder(demo.IraOrder) // else an empty phone is looked up there
	events := 0
	for name, c := range map[string]struct {
		phone string
		want  message.Reason
	}{
		"short": {`"12345"`, message.InvalidPhone}, "long": {`"` + strings.Repeat("9", 400) + `"`, message.InvalidPhone},
		"letters": {`"` + marker + `"`, message.InvalidPhone}, "landline": {`"02026000000"`, message.InvalidPhone}, "zeros": {`"0000000000"`, message.InvalidPhone},
		"abroad": {`"+14155550100"`, message.InvalidPhone}, "two_numbers": {`"9000000001/9000000002"`, message.InvalidPhone},
		"other_digits": {`"९०००००००१"`, message.InvalidPhone}, "float": {`9.000000001e9`, message.InvalidPhone},
		"user_id": {`"IN.9000000001"`, message.InvalidPhone}, "whatsapp_address": {`"whatsapp:+919000000001"`, message.InvalidPhone},
		"overflowing": {`90000000010000000000000000000`, message.InvalidPhone}, "flag": {`true`, message.InvalidPhone},
		"empty": {`""`, message.NoPhone}, "blank": {`"  "`, message.NoPhone}, "null": {`null`, message.NoPhone}, "object": {`{"a":1}`, message.NoPhone},
	} {
		t.Run(name, func(t *testing.T) {
			events++
			logged := r.Logs.Len()
			a := r.push(t, "shipment-failed_delivery", `"customerContactNumber": "9000000001"`, `"customerContactNumber": `+c.phone,
				"2024-02-13 15:20:41", fmt.Sprintf("2024-02-13 15:20:%02d", events))
			if a.status != http.StatusNoContent {
				t.Fatalf("got %d, want 204; body %s", a.status, clip(a.body))
			}
			entries := r.sendLog(t, demo.IraOrder)
			if len(entries) != events {
				t.Fatalf("send log: got %d entries, want %d", len(entries), events)
			}
			if e := entries[events-1]; e.Status != message.StatusRefused || e.Reason != c.want {
				t.Errorf("send log: got %+v, want it refused as %s", e, c.want)
			}
			if n := r.Simulator.Log().AcceptedCount(); n != 0 {
				t.Errorf("messages: got %d, want none", n)
			}
			r.silent(t, a, logged)
		})
	}
}

func TestUnknownIsAcknowledgedAndLogged(t *testing.T) { //nolint:tparallel // its parts share a world: the writes of one must not be taken for those of another
	t.Parallel()
	r := newRig(t, nil)
	for name, c := range map[string]struct {
		event   string
		changes []string
		result  string
	}{
		"account_id":           {"shipment-unknown-account", nil, "unknown_account"},
		"account_slug":         {"shipment-slug-only", []string{`"neem-and-co"`, `"nobody-and-co"`}, "unknown_account"},
		"account_disagrees":    {"shipment-account-disagrees", nil, "unknown_account"},
		"account_missing":      {"shipment-failed_delivery", []string{`"account_id": 811`, `"account_id": null`, `"neem-and-co"`, `""`}, "unknown_account"},
		"account_is_no_number": {"shipment-failed_delivery", []string{`"account_id": 811`, `"account_id": "` + marker + `"`}, "unknown_account"},
		"account_overflows":    {"shipment-failed_delivery", []string{`"account_id": 811`, `"account_id": 99999999999999999999999999`}, "unknown_account"},
		"account_is_float":     {"shipment-failed_delivery", []string{`"account_id": 811`, `"account_id": 8.11e2`}, "unknown_account"},
		"subtype":              {"shipment-unknown-subtype", nil, "unknown_event"},
		"subtype_is_garbage":   {"shipment-unknown-subtype", []string{`"teleported"`, `"` + marker + ` <script>"`}, "unknown_event"},
		"subtype_of_returns":   {"shipment-failed_delivery", []string{`"failed_delivery"`, `"pickup_cancelled"`}, "unknown_event"},
		"resource":             {"channel_inventory", nil, "unknown_event"},
		"resource_is_garbage":  {"shipment-failed_delivery", []string{`"resource": "shipment"`, `"resource": "` + marker + `/../x"`}, "unknown_event"},
		"nothing":              {"shipment-failed_delivery", []string{`"resource"`, `"r"`, `"eventSubType"`, `"e"`}, "unknown_event"},
	} {
		t.Run(name, func(t *testing.T) {
			before, logged := r.state(t), r.Logs.Len()
			a := r.push(t, c.event, c.changes...)
			if a.status != http.StatusNoContent {
				t.Errorf("got %d, want 204; body %s", a.status, clip(a.body))
			}
			if after := r.state(t); after != before {
				t.Errorf("state changed: got %+v, want %+v", after, before)
			}
			if got := r.Logs.From(logged); !strings.Contains(got, `"result":"`+c.result+`"`) {
				t.Errorf("log: got %s, want the result %s", got, c.result)
			}
			r.silent(t, a, logged)
		})
	}
}

// TestOversizedValues: an event that is sound, with every text as long as an event allows, is dealt with and not a failure
// of ours.
func TestOversizedValues(t *testing.T) { //nolint:tparallel // its parts share a world: the writes of one must not be taken for those of another
	t.Parallel()
	r := newRig(t, nil)
	if a := r.post(t, demo.IraOrder); a.status != http.StatusOK {
		t.Fatalf("subscribe: got %d %s", a.status, clip(a.body))
	}
	long := strings.Repeat("x", 480<<10)
	for i, field := range []string{
		"customerName", "email", "externalShipmentID", "trackingID", "customerOrderNumber", "vendorOrderNumber", "courierName", "remarks",
		"status", "invoice_url", "channelLabel", "externalChannelID", "updated_at", "status_updated_at",
	} {
		t.Run(field, func(t *testing.T) {
			logged := r.Logs.Len()
			data := string(fixture(t, "events/shipment-failed_delivery.json"))
			data = regexp.MustCompile(`(?m)^(    "`+field+`": )"[^"]*"`).ReplaceAllString(data, `${1}"`+marker+long+`"`)
			if field != "status_updated_at" {
				data = strings.ReplaceAll(data, "2024-02-13 15:20:41", fmt.Sprintf("2024-02-13 15:20:%02d", i))
			}
			a := r.send(t, request{method: http.MethodPost, path: notifyPath, body: wrapped([]byte(data), nil)})
			if a.status != http.StatusNoContent {
				t.Errorf("got %d, want 204; body %s", a.status, clip(a.body))
			}
			r.Rest()
			r.silent(t, a, logged)
			if lines := faulty(r.Logs.From(logged)); len(lines) > 0 {
				t.Errorf("failures of our own: %q", lines)
			}
		})
	}
}

func TestNumbersAndStrings(t *testing.T) { //nolint:tparallel // its parts share a world: the writes of one must not be taken for those of another
	t.Parallel()
	r := newRig(t, nil)
	for name, account := range map[string]string{"number": `811`, "float": `811.0`, "text": `"811"`, "zeros": `"0811"`, "float_text": `"811.0"`, "blanks": `" 811 "`} {
		t.Run("account_"+name, func(t *testing.T) {
			if a := r.post(t, demo.IraOrder, `"811"`, account); a.status != http.StatusOK {
				t.Errorf("got %d, want 200; body %s", a.status, clip(a.body))
			}
		})
	}
	for _, event := range []string{"shipment-failed_delivery", "shipment-numbers-as-strings", "shipment-epoch-times"} {
		if a := r.push(t, event); a.status != http.StatusNoContent {
			t.Errorf("%s: got %d, want 204; body %s", event, a.status, clip(a.body))
		}
	}
	if entries := r.sendLog(t, demo.IraOrder); len(entries) != 1 {
		t.Errorf("one event in three spellings: got %d entries, want 1", len(entries))
	}
	r.Rest()
	attempt := []byte(`{"message":{"data":"e30=","messageId":"1"},"deliveryAttempt":"7"}`)
	r.refused(t, request{method: http.MethodPost, path: notifyPath, body: attempt}, want{http.StatusBadRequest, "deliveryAttempt"})
}

// TestLocalFields names what is wrong with the bodies of the routes for people.
func TestLocalFields(t *testing.T) { //nolint:tparallel // its parts share a world: the writes of one must not be taken for those of another
	t.Parallel()
	r := newRig(t, nil)
	if err := r.Simulator.Faults().Set([]simulator.Fault{{System: "platform", Mode: "slow", DelayMillis: 1, ID: "before"}}); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct{ method, path, body, names string }{
		"reply_empty":           {"POST", replyPath, `{}`, "text"},
		"reply_both":            {"POST", replyPath, `{"text":"` + marker + `","button":"x"}`, "text"},
		"reply_text_is_number":  {"POST", replyPath, `{"text":1}`, "text"},
		"reply_kind":            {"POST", replyPath, `{"text":"x","kind":"` + marker + `"}`, "text"},
		"reply_to_nothing":      {"POST", replyPath, `{"text":"x","to":"` + marker + `"}`, "to"},
		"reply_to_nobody":       {"POST", replyPath, `{"text":"` + marker + `"}`, "app"},
		"reply_of_unknown_app":  {"POST", replyPath, `{"text":"x","app":"` + marker + `"}`, "app"},
		"reply_button":          {"POST", replyPath, `{"button":"` + marker + `"}`, "button"},
		"faults_are_text":       {"PUT", faultsPath, `{"simulator":"` + marker + `"}`, "simulator"},
		"fault_mode":            {"PUT", faultsPath, `{"simulator":[{"mode":"` + marker + `"}]}`, "simulator[0]"},
		"fault_status":          {"PUT", faultsPath, `{"simulator":[{"mode":"refuse","status":200}]}`, "simulator[0]"},
		"fault_overflow":        {"PUT", faultsPath, `{"simulator":[{"mode":"slow","delayMs":99999999999999999999}]}`, "simulator[0].delayMs"},
		"fault_twice":           {"PUT", faultsPath, `{"simulator":[{"id":"a","mode":"refuse"},{"id":"a","mode":"refuse"}]}`, "simulator"},
		"rule_mode":             {"PUT", faultsPath, `{"cloud":[{"mode":"` + marker + `"}]}`, "cloud[0]"},
		"rule_code":             {"PUT", faultsPath, `{"cloud":[{"mode":"fail_before","code":"` + marker + `"}]}`, "cloud[0]"},
		"rule_delay":            {"PUT", faultsPath, `{"cloud":[{"mode":"delay","delay":"` + marker + `"}]}`, "cloud[0]"},
		"rule_method":           {"PUT", faultsPath, `{"cloud":[{"mode":"cut","method":"` + marker + `"}]}`, "cloud[0].method"},
		"rule_key":              {"PUT", faultsPath, `{"cloud":[{"mode":"cut","` + marker + `":1}]}`, "cloud[0]"},
		"fault_system":          {"PUT", faultsPath, `{"simulator":[{"mode":"refuse","system":"` + marker + `"}]}`, "simulator[0].system"},
		"fault_key":             {"PUT", faultsPath, `{"simulator":[{"mode":"refuse","` + marker + `":1}]}`, "simulator[0]"},
		"faults_under_no_key":   {"PUT", faultsPath, `{"faults":[]}`, "body"},
		"rule_after_good_fault": {"PUT", faultsPath, `{"simulator":[{"mode":"refuse"}],"cloud":[{"mode":"cut","times":-1}]}`, "cloud[0]"},
		"too_many":              {"PUT", faultsPath, `{"simulator":[` + strings.Repeat(`{"mode":"refuse"},`, 2000) + `{"mode":"refuse"}]}`, "faults"},
	} {
		t.Run(name, func(t *testing.T) {
			r.refused(t, request{method: c.method, path: c.path, body: []byte(c.body)}, want{http.StatusBadRequest, c.names})
			if f := r.Simulator.Faults().All(); len(f) != 1 || f[0].ID != "before" {
				t.Errorf("faults in force: got %+v, want those from before", f)
			}
		})
	}
}
