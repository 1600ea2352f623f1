package order_test

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/eshopbox/whatsapp-notifications/shared/order"
)

var update = flag.Bool("update", false, "write the golden files; doing so for keys means that every event may be sent again")

func newKeyer(tb testing.TB) order.Keyer {
	tb.Helper()
	k, err := order.NewKeyer([]byte("an invented secret of the tests!"))
	if err != nil {
		tb.Fatalf("NewKeyer: %v", err)
	}
	return k
}

// TestGoldenKeys freezes the keys of all fixtures: a changed key would send what was already sent. Those from before the
// repeat rules find what is kept under them.
func TestGoldenKeys(t *testing.T) {
	t.Parallel()
	k := newKeyer(t)
	for file, key := range map[string]func(string, order.Event) string{
		"occurrence_keys.json": k.Occurrence, "former_keys.json": k.Former,
	} {
		t.Run(file, func(t *testing.T) {
			t.Parallel()
			checkGoldenKeys(t, filepath.Join("testdata", file), key)
		})
	}
}

func checkGoldenKeys(t *testing.T, path string, key func(string, order.Event) string) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(eventsDir, "*.json"))
	if err != nil {
		t.Fatalf("fixtures: %v", err)
	}
	got := map[string]string{}
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".json")
		got[name] = key("811", parseFixture(t, name))
	}
	if *update {
		data, err := json.MarshalIndent(got, "", "  ")
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, append(data, '\n'), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	var want map[string]string
	if err := json.Unmarshal(readFile(t, path), &want); err != nil {
		t.Fatalf("golden file: %v", err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("keys (-want +got):\n%s", diff)
	}
}

// TestRepeatRules writes down a second time how often each event may be told, and holds that the key follows from it.
func TestRepeatRules(t *testing.T) {
	t.Parallel()
	k := newKeyer(t)
	rules := map[string]string{
		"shipment/created": "order",

		"shipment/out_for_pickup": "daily", "shipment/out_for_delivery": "daily", "shipment/rto_out_for_delivery": "daily",
		"returnShipment/out_for_pickup": "daily", "returnShipment/out_for_delivery": "daily",
		"shipment/cancelled_order": "daily", "shipment/shipment_delayed": "daily", "shipment/rto_created": "daily",
		"returnShipment/pickup_cancelled": "daily",

		"shipment/failed_delivery": "each", "shipment/pickup_failed": "each", "returnShipment/failed_delivery": "each",
		"returnShipment/pickup_failed": "each", "shipment/ndr_resolution_submitted": "each", "shipment/shipment_held": "each",
		"shipment/unhold": "each", "shipment/rto_failed": "each",
	}
	for _, entry := range order.Catalog() {
		t.Run(entry.Kind.String(), func(t *testing.T) {
			t.Parallel()
			key := func(subject, at string) string {
				return k.Occurrence("1", parse(t, `{"resource":"`+entry.Kind.Resource+`","eventSubType":"`+entry.Kind.SubType+`","response_data":{
					"order_id":7,"externalShipmentID":"`+subject+`","customerReturnNumber":"`+subject+`","checkoutId":"`+subject+`",
					"status_updated_at":"`+at+`"}}`, nil))
			}
			// In UTC the first two are of two days, and the last two of one.
			first, evening, morning := key("S", "2024-02-13 03:00:00"), key("S", "2024-02-13 23:59:59"), key("S", "2024-02-14 00:00:00")
			rule := rules[entry.Kind.String()]
			if same := first == evening; same != (rule != "each") {
				t.Errorf("twice a day is one: got %t, and the rule is %q", same, rule)
			}
			if same := evening == morning; same != (rule == "" || rule == "order") {
				t.Errorf("one after midnight is the same: got %t, and the rule is %q", same, rule)
			}
			if same := first == key("T", "2024-02-13 03:00:00"); same != (rule == "order") {
				t.Errorf("another subject of the order is the same: got %t, and the rule is %q", same, rule)
			}
			if a, b := key("S", "13/02/2024"), key("S", "14/02/2024"); (a == b) != (rule == "" || rule == "order") {
				t.Errorf("times that cannot be read make one: got %t, and the rule is %q", a == b, rule)
			}
		})
	}
}

// TestAnother changes of each event of the catalogue, in several shapes, what Another names: it is
// another occurrence then.
func TestAnother(t *testing.T) {
	t.Parallel()
	k := newKeyer(t)
	const early, late, next = "2024-02-13 03:00:00", "2024-02-13 04:00:00", "2024-02-15 03:00:00"
	shapes := map[string]func(subType string) map[string]any{
		"plain":   func(string) map[string]any { return map[string]any{"status_updated_at": early} },
		"no_time": func(string) map[string]any { return map[string]any{} },
		"unread":  func(string) map[string]any { return map[string]any{"status_updated_at": "?"} },
		"moved_on": func(s string) map[string]any {
			return map[string]any{"status": "lost", "status_log": map[string]any{s: early}}
		},
		"log_alone": func(s string) map[string]any { return map[string]any{"status_log": map[string]any{s: early}} },
	}
	ids := []string{"order_id", "externalShipmentID", "customerReturnNumber", "checkoutId", "trackingID", "returnShipmentId"}
	for _, entry := range order.Catalog() {
		for shape, fields := range shapes {
			for missing := range len(ids) - 1 {
				data := fields(entry.Kind.SubType)
				for i, id := range ids[missing:] {
					data[id] = strconv.Itoa(7 + i)
				}
				event := func() order.Event {
					return parse(t, asJSON(t, map[string]any{
						"resource": entry.Kind.Resource, "eventSubType": entry.Kind.SubType, "response_data": data,
					}), nil)
				}
				before := event()
				if before.Subject == "" {
					continue
				}
				key, advice := k.Occurrence("1", before), before.Another()
				field, day := strings.CutSuffix(advice, " to another day")
				if sub, inLog := strings.CutPrefix(field, "status_log."); inLog {
					data["status_log"] = map[string]any{sub: map[bool]string{false: late, true: next}[day]}
				} else if field == "status_updated_at" {
					data[field] = map[bool]string{false: late, true: next}[day]
				} else if data[field] != nil {
					data[field] = "99"
				}
				if k.Occurrence("1", event()) == key {
					t.Errorf("%s, %s without %v: changing %s makes no other occurrence", entry.Kind, shape, ids[:missing], advice)
				}
			}
		}
	}
}

// asJSON returns v as JSON.
func asJSON(t *testing.T, v any) string {
	t.Helper()
	data, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// TestSupersededElsewhere has a confirmation of an order come too late if the order was spoken of before, for another
// shipment of it.
func TestSupersededElsewhere(t *testing.T) {
	t.Parallel()
	const at = 1000000000
	times := func(shipment string, when int64) map[string]map[string]int64 {
		return map[string]map[string]int64{order.FieldKey(shipment): {"created": when}}
	}
	tests := []struct {
		name, subType, time string
		all                 map[string]map[string]int64
		want                bool
	}{
		{"nothing known", "created", "1000000000", nil, false},
		{"its own time", "created", "1000000000", times("S", at-1), false},
		{"earlier", "created", "1000000000", times("T", at-1), true},
		{"at once", "created", "1000000000", times("T", at), false},
		{"later", "created", "1000000000", times("T", at+1), false},
		{"time not known", "created", "?", times("T", at+1), true},
		{"told for each shipment", "packed", "1000000000", times("T", at-1), false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			e := parse(t, `{"resource":"shipment","eventSubType":"`+tt.subType+`","response_data":{"externalShipmentID":"S","status_updated_at":"`+tt.time+`"}}`, nil)
			if got := e.SupersededElsewhere(tt.all); got != tt.want {
				t.Errorf("got %t, want %t", got, tt.want)
			}
		})
	}
}

// TestOneOccurrence lists deliveries that must have the key of the failed delivery in the fixtures, and others that must not.
func TestOneOccurrence(t *testing.T) {
	t.Parallel()
	k := newKeyer(t)
	want := k.Occurrence("811", parseFixture(t, "shipment-failed_delivery"))
	if !regexp.MustCompile(`^[0-9a-f]{32}$`).MatchString(want) {
		t.Fatalf("key: got %q, want 32 hex digits", want)
	}
	same := []string{
		"shipment-flat", "shipment-numbers-as-strings", "shipment-epoch-times", "shipment-status-log-array",
		"shipment-items-absent", "shipment-missing-phone", "shipment-slug-only", "shipment-status-names-another-event",
		"shipment-zero-dates",
	}
	for _, name := range same {
		if got := k.Occurrence("811", parseFixture(t, name)); got != want {
			t.Errorf("%s is another occurrence", name)
		}
	}
	others := []string{
		"shipment-failed_delivery-second", "shipment-created", "shipment-times-absent", "shipment-time-unparsable",
		"shipment-failed_delivery-51230078", "returnShipment-created",
	}
	keys := map[string]string{want: "shipment-failed_delivery"}
	for _, name := range others {
		got := k.Occurrence("811", parseFixture(t, name))
		if keys[got] != "" {
			t.Errorf("%s and %s are one occurrence", name, keys[got])
		}
		keys[got] = name
	}
	if k.Occurrence("812", parseFixture(t, "shipment-failed_delivery")) == want {
		t.Error("the key does not depend on the account")
	}
	if k.Occurrence("811", parseFixture(t, "shipment-rto-alias")) != k.Occurrence("811", parseFixture(t, "shipment-rto_created")) {
		t.Error("rto and rto_created are two occurrences")
	}
	if k.Occurrence("811", parseFixture(t, "returnShipment-created")) != k.Occurrence("811", parseFixture(t, "returnShipment-created-flat")) {
		t.Error("the wrapped and the flat return are two occurrences")
	}
}

// TestOccurrenceTime checks every rule of the time, against an event that has it plainly.
func TestOccurrenceTime(t *testing.T) {
	t.Parallel()
	k := newKeyer(t)
	event := func(subType, data string) order.Event {
		return parse(t, `{"resource":"shipment","eventSubType":"`+subType+`","response_data":{"externalShipmentID":"S",`+data+`}}`, nil)
	}
	const at = `"2024-02-13 15:20:41"`
	plain := k.Occurrence("1", event("failed_delivery", `"status_updated_at":`+at))
	none := k.Occurrence("1", event("failed_delivery", `"x":1`))
	if plain == none {
		t.Fatal("the time makes no difference")
	}
	const later = `"2024-02-14 08:00:00"`
	tests := []struct{ name, data, want string }{
		{"status_is_this_event", `"status":"failed_delivery","status_updated_at":` + at + `,"status_log":{"failed_delivery":` + later + `}`, plain},
		{"status_in_upper_case", `"status":"FAILED_DELIVERY","status_updated_at":` + at, plain},
		{"status_is_no_event", `"status":"ndr_raised","status_updated_at":` + at, plain},
		{"status_is_null", `"status":null,"status_updated_at":` + at, plain},
		{"status_names_another", `"status":"delivered","status_updated_at":` + later + `,"status_log":{"failed_delivery":` + at + `}`, plain},
		{"another_in_upper_case", `"status":"DELIVERED","status_updated_at":` + later + `,"status_log":{"FAILED_DELIVERY":` + at + `}`, plain},
		{"another_without_log", `"status":"delivered","status_updated_at":` + later, none},
		{"another_and_log_without_it", `"status":"delivered","status_updated_at":` + later + `,"status_log":{"packed":` + at + `}`, none},
		{"only_the_log", `"status_log":{"failed_delivery":` + at + `}`, plain},
		{"zero_date_and_log", `"status_updated_at":"0000-00-00 00:00:00","status_log":{"failed_delivery":` + at + `}`, plain},
		{"log_as_array", `"status":"delivered","status_log":[{"status":"failed_delivery","updatedAt":` + at + `},{"status":"packed","updatedAt":` + later + `}]`, plain},
		{"log_as_array_of_pairs", `"status_log":[{"failed_delivery":` + at + `}]`, plain},
		{"newest_of_several", `"status_log":[{"status":"failed_delivery","updatedAt":"2024-02-12 10:00:00"},{"status":"failed_delivery","updatedAt":` + at + `},{"status":"failed_delivery","updatedAt":"?"}]`, plain},
		{"newest_of_a_list", `"status_log":{"failed_delivery":["2024-02-12 10:00:00",` + at + `]}`, plain},
		{"time_in_an_object", `"status_log":{"failed_delivery":{"updatedAt":` + at + `,"remark":"x"}}`, plain},
		{"log_is_text", `"status_log":"{}"`, none},
		{"updated_at_never_counts", `"updated_at":` + at + `,"created_at":` + at, none},
		{"fraction", `"status_updated_at":"2024-02-13 15:20:41.0"`, plain},
		{"with_t", `"status_updated_at":"2024-02-13T15:20:41"`, plain},
		{"with_zone", `"status_updated_at":"2024-02-13T09:50:41.000Z"`, plain},
		{"epoch", `"status_updated_at":1707817841`, plain},
		{"epoch_text", `"status_updated_at":"1707817841"`, plain},
		{"epoch_milliseconds", `"status_updated_at":1707817841000`, plain},
		{"epoch_float", `"status_updated_at":1.707817841e9`, plain},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if got := k.Occurrence("1", event("failed_delivery", tt.data)); got != tt.want {
				t.Errorf("got %s, want %s (plain %s, none %s)", got, tt.want, plain, none)
			}
		})
	}
	t.Run("rto_in_the_log", func(t *testing.T) {
		t.Parallel()
		a := event("rto_created", `"status":"rto_intransit","status_updated_at":`+later+`,"status_log":{"rto":`+at+`}`)
		b := event("rto", `"status":"rto_created","status_updated_at":`+at)
		if k.Occurrence("1", a) != k.Occurrence("1", b) {
			t.Error("two occurrences")
		}
	})
	t.Run("unparsable_is_the_raw_text", func(t *testing.T) {
		t.Parallel()
		a := event("failed_delivery", `"status_updated_at":"13-02-2024 15:20:41"`)
		b := event("failed_delivery", `"status_updated_at":"14-02-2024 15:20:41"`)
		if k.Occurrence("1", a) == k.Occurrence("1", b) || k.Occurrence("1", a) == none {
			t.Error("raw times make no difference")
		}
	})
}

// TestStatusTimes checks what a decision learns from an event.
func TestStatusTimes(t *testing.T) {
	t.Parallel()
	got := parseFixture(t, "shipment-status-names-another-event").StatusTimes
	want := map[string]int64{
		"failed_delivery": fixtureTime, "delivered": 1707886800, "out_for_delivery": 1707795660,
		"intransit": 1707661930, "packed": 1707570669, "created": 1707543302,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	got = parse(t, `{"resource":"shipment","eventSubType":"lost","response_data":{"status_updated_at":"?","status_log":{
		"accepted":"2024-02-10 11:05:02","rto":"2024-02-10 11:05:02","packed":"","delivered":"0000-00-00 00:00:00","damage":-5}}}`, nil).StatusTimes
	if diff := cmp.Diff(map[string]int64{"rto_created": 1707543302}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestPartsDoNotRunTogether(t *testing.T) {
	t.Parallel()
	k := newKeyer(t)
	a := order.Event{Resource: "shipment", SubType: "lost", Subject: "AB", OccurredRaw: "C"}
	b := order.Event{Resource: "shipment", SubType: "lost", Subject: "A", OccurredRaw: "BC"}
	c := order.Event{Resource: "shipment", SubType: "lost", Subject: "AB\x00C"}
	if k.Occurrence("1", a) == k.Occurrence("1", b) || k.Occurrence("1", a) == k.Occurrence("1", c) {
		t.Error("different occurrences have one key")
	}
	if k.Occurrence("11", order.Event{Resource: "x"}) == k.Occurrence("1", order.Event{Resource: "1x"}) {
		t.Error("account and resource run together")
	}
}

func TestKeyerSecret(t *testing.T) {
	t.Parallel()
	secret := []byte("0123456789abcdef")
	k, err := order.NewKeyer(secret)
	if err != nil {
		t.Fatalf("NewKeyer: %v", err)
	}
	before := k.Occurrence("1", order.Event{})
	clear(secret)
	if k.Occurrence("1", order.Event{}) != before {
		t.Error("changing the slice changed the keys")
	}
	if newKeyer(t).Occurrence("1", order.Event{}) == before {
		t.Error("the key does not depend on the secret")
	}
	if _, err := order.NewKeyer(secret[:15]); !errors.Is(err, order.ErrShortSecret) {
		t.Errorf("NewKeyer of 15 bytes: got %v", err)
	}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%x"} {
		if got := fmt.Sprintf(verb, newKeyer(t)); got != "[redacted]" {
			t.Errorf("%s: got %q", verb, got)
		}
	}
}

func TestFieldKey(t *testing.T) {
	t.Parallel()
	if got, want := order.FieldKey("wamid.EXAMPLE/01=="), "392dd86bf9d1214c6247d0f64fccc2f3"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if order.FieldKey("") == order.FieldKey(" ") {
		t.Error("different ids have one key")
	}
}

func BenchmarkParseEvent(b *testing.B) {
	data := readFile(b, eventsDir, "shipment-failed_delivery.json")
	b.SetBytes(int64(len(data)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := order.ParseEvent(data, nil, ist); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkOccurrence(b *testing.B) {
	k := newKeyer(b)
	e := parseFixture(b, "shipment-failed_delivery")
	b.ReportAllocs()
	for b.Loop() {
		k.Occurrence("811", e)
	}
}
