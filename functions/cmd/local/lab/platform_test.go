package lab_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/demo"
	"github.com/eshopbox/whatsapp-notifications/shared/order"
)

// TestFailedDeliveryCanBeResolved posts a failed delivery: the simulated platform's order shows it and takes an action, of which an
// event tells.
func TestFailedDeliveryCanBeResolved(t *testing.T) {
	t.Parallel()
	w, _ := startDemo(t, t.TempDir())
	event := fixture(t, "shipment-failed_delivery-51230078.json")
	noteOf(t, w, event)

	e, err := order.ParseEvent([]byte(event), nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	failure := func() order.Failure {
		_, body := get(t, w, "/sim/platform/_ah/api/esb/v2/order/"+demo.DevOrder)
		o, problem := order.ParseOrder([]byte(body))
		if problem != nil {
			t.Fatal(problem)
		}
		return o.Failure(e.TrackingID, "")
	}
	if got := failure(); !got.Failed || len(got.Resolutions) != 4 || got.Resolved {
		t.Errorf("got %+v, want it failed, with four actions", got)
	}

	body := `{"customerOrderNumber":"` + e.OrderNumber + `","resolutionCode":"ACTF001","trackingId":"` + e.TrackingID + `","contactPhoneNumber":"` + e.Customer.Phone + `"}`
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, w.URL+"/sim/platform/api/v2/ndrResolution", strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer any")
	req.Header.Set("Content-Type", "application/json")
	if status, answer := do(t, w, req); status != http.StatusOK {
		t.Fatalf("got %d %s", status, answer)
	}
	if got := failure(); got.Failed || got.ResolutionCode != "ACTF001" {
		t.Errorf("got %+v, want it resolved", got)
	}

	wait(t, w)
	if _, answer := get(t, w, "/local/order?orderId="+demo.DevOrder); !strings.Contains(answer, `"ndr_resolution_submitted"`) && !strings.Contains(answer, "ndr_resolution_submitted@") {
		t.Errorf("got %s, want an event that tells of the action", answer)
	}
}
