package platform_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator"
	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator/chaos"
	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator/platform"
	"github.com/eshopbox/whatsapp-notifications/shared/order"
	"github.com/eshopbox/whatsapp-notifications/testdata"
)

const (
	iraOrder   = "51230077"
	iraParcel  = "DL0099887766"
	iraAttempt = "2024-02-13 15:20:41"
)

var allCodes = []string{"ACTF001", "ACTF002", "ACTF003", "ACTF004"}

// newStory returns a world with Ira's order, one parcel of which is in failed delivery.
func newStory(t *testing.T) *world {
	t.Helper()
	w := newWorld(t)
	body, err := testdata.Files.ReadFile("orders/" + iraOrder + ".json")
	if err != nil {
		t.Fatal(err)
	}
	w.Platform().PutOrder(iraOrder, body)
	return w
}

// order reads the order over the API.
func (w *world) order() order.Order {
	w.t.Helper()
	a, err := w.bearer("GET", orderPath+iraOrder, "", "", "")
	if err != nil || a.status != http.StatusOK {
		w.t.Fatalf("got %d, %v", a.status, err)
	}
	o, err := order.ParseOrder([]byte(a.body))
	if err != nil {
		w.t.Fatal(err)
	}
	return o
}

// resolve submits an action for Ira's parcel, with more fields.
func (w *world) resolve(code, more string) answer {
	w.t.Helper()
	a, err := w.bearer("POST", ndrPath, "Bearer any", "application/json", `{"customerOrderNumber":"NC-20417","resolutionCode":"`+code+
		`","trackingId":"`+iraParcel+`","contactPhoneNumber":"9000000001","actionSource":"whatsapp"`+more+`}`)
	if err != nil {
		w.t.Fatal(err)
	}
	return a
}

// report tells the platform of a status of Ira's parcel at a local time.
func (w *world) report(status, at string) {
	w.t.Helper()
	moment, err := time.ParseInLocation("2006-01-02 15:04:05", at, time.FixedZone("IST", 19800))
	if err != nil {
		w.t.Fatal(err)
	}
	err = w.Platform().Report(platform.StatusChange{
		OrderID: iraOrder, AccountID: "811", ShipmentID: "S-311", TrackingID: iraParcel, Status: status, Remark: "gate closed", At: moment,
	})
	if err != nil {
		w.t.Fatal(err)
	}
}

// failure requires what the order says of the failed delivery.
func (w *world) failure(step string, want order.Failure) {
	w.t.Helper()
	want.TrackingID = iraParcel
	o := w.order()
	if diff := cmp.Diff(want, o.Failure(iraParcel, "")); diff != "" {
		w.t.Errorf("%s: failure (-want +got):\n%s", step, diff)
	}
	if other := o.Items[1]; other.Status != "intransit" || other.Resolved {
		w.t.Errorf("%s: the other parcel changed: %s", step, other.Status)
	}
}

// TestResolutionChangesTheOrder holds that the order shows a resolution, that an event tells of it, and that a failed attempt has one.
func TestResolutionChangesTheOrder(t *testing.T) {
	t.Parallel()
	w := newStory(t)
	var events [][]byte
	w.Platform().OnResolution(func(r platform.Resolution) { events = append(events, r.Event) })
	w.failure("before", order.Failure{Failed: true, Resolutions: allCodes})

	for range 2 { // the second is a repeat
		if a := w.resolve("ACTF002", `,"deferredDate":"2026-11-25"`); a.status != http.StatusOK {
			t.Fatalf("got %d %s", a.status, a.body)
		}
	}
	w.failure("after", order.Failure{Resolved: true, ResolutionCode: "ACTF002"})
	for _, other := range []answer{w.resolve("ACTF003", ""), w.resolve("ACTF002", `,"deferredDate":"2026-11-26"`)} {
		if other.status != http.StatusConflict {
			t.Errorf("another resolution: got %d %s, want 409", other.status, other.body)
		}
	}
	w.failure("refused", order.Failure{Resolved: true, ResolutionCode: "ACTF002"})

	if len(events) != 1 {
		t.Fatalf("got %d events, want one", len(events))
	}
	e, err := order.ParseEvent(events[0], nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	if e.Kind().String() != "shipment/ndr_resolution_submitted" || e.OrderID != iraOrder || e.AccountSlug != "neem-and-co" ||
		e.TrackingID != iraParcel || e.ShipmentID != "NC-20417-6120-311" || !e.OccurredAt.Equal(start) || e.Customer.Phone != "9000000001" {
		t.Errorf("event: got %+v of %s", e, e.ShipmentID)
	}
}

// TestNextAttempt plays a failed delivery after a resolution: it can be resolved again, and the event of the first one changes nothing.
func TestNextAttempt(t *testing.T) {
	t.Parallel()
	w := newStory(t)
	w.report("failed_delivery", iraAttempt) // as the order shows it already
	if a := w.resolve("ACTF001", ""); a.status != http.StatusOK {
		t.Fatalf("got %d %s", a.status, a.body)
	}
	w.report("failed_delivery", iraAttempt)
	w.report("out_for_delivery", "2024-02-13 09:11:00")
	w.failure("old events", order.Failure{Resolved: true, ResolutionCode: "ACTF001"})

	w.report("out_for_delivery", "2024-02-14 09:00:00")
	w.failure("on its way", order.Failure{Resolved: true, ResolutionCode: "ACTF001"})
	if a := w.resolve("ACTF001", ""); a.status != http.StatusConflict {
		t.Errorf("on its way: got %d %s, want 409", a.status, a.body)
	}

	w.report("failed_delivery", "2024-02-14 12:00:00")
	w.failure("failed again", order.Failure{Failed: true, Resolutions: allCodes})
	if o := w.order(); o.Items[0].FailureReason != "gate closed" || o.Items[0].Remark != "gate closed" {
		t.Errorf("got the reason %q", o.Items[0].FailureReason)
	}
	var heard []platform.Resolution
	w.Platform().OnResolution(func(r platform.Resolution) { heard = append(heard, r) })
	if a := w.resolve("ACTF001", ""); a.status != http.StatusOK {
		t.Errorf("failed again: got %d %s", a.status, a.body)
	}
	if len(heard) != 1 || heard[0].Repeat {
		t.Fatalf("failed again: heard %+v, want a resolution that is no repeat", heard)
	}
	if e, err := order.ParseEvent(heard[0].Event, nil, nil); err != nil || e.AccountID != "811" || e.ShipmentID != "S-311" {
		t.Errorf("got account %q, shipment %q, %v, want those of the reported event", e.AccountID, e.ShipmentID, err)
	}
}

func TestReportOfWhatIsNotKnown(t *testing.T) {
	t.Parallel()
	w := newStory(t)
	before := w.order()
	for name, c := range map[string]platform.StatusChange{
		"order":  {OrderID: "1", TrackingID: iraParcel, Status: "lost"},
		"parcel": {OrderID: iraOrder, TrackingID: "DL9", Status: "lost"},
		"none":   {OrderID: iraOrder, Status: "lost"},
		"status": {OrderID: iraOrder, TrackingID: iraParcel},
	} {
		if err := w.Platform().Report(c); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	if diff := cmp.Diff(before, w.order()); diff != "" {
		t.Errorf("order (-before +after):\n%s", diff)
	}
}

func TestResolutionThatIsNotOffered(t *testing.T) {
	t.Parallel()
	w := newStory(t)
	w.Platform().PutOrder("51230077", []byte(strings.Replace(orderJSON, `{"resolutionCode":"ACTF003"},`, "", 1)))
	for code, want := range map[string]string{
		"ACTF003": "resolutionCode is not offered for this failed delivery", "ACTF005": "resolutionCode is unknown",
	} {
		a, err := w.bearer("POST", ndrPath, "Bearer any", "application/json", strings.Replace(goodNDR, "ACTF001", code, 1))
		if err != nil || a.status != http.StatusBadRequest || a.field(t, "detail") != want {
			t.Errorf("%s: got %d %s %v, want %s", code, a.status, a.body, err, want)
		}
	}
}

// TestResolutionsAloneCanFail holds that a fault can be of the resolution's route, while orders are read.
func TestResolutionsAloneCanFail(t *testing.T) {
	t.Parallel()
	w := newStory(t)
	w.fault(simulator.Fault{System: "platform", Path: "/ndrResolution", Mode: chaos.Unavailable})
	if a := w.resolve("ACTF001", ""); a.status != http.StatusServiceUnavailable {
		t.Errorf("got %d %s, want 503", a.status, a.body)
	}
	w.failure("refused", order.Failure{Failed: true, Resolutions: allCodes})
}
