package platform_test

import (
	"errors"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/clock"
	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator/chaos"
	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator/ident"
	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator/platform"
	"github.com/eshopbox/whatsapp-notifications/shared/order"
)

const cancelAction = `{"id":"811:51230077","action":"cancel_order","version":"v1","accountId":"811","accountSlug":"neem-and-co",
	"orderId":"51230077","customerOrderNumber":"NC-20417","reason":"ordered twice","actor":"bot","mode":"whatsapp",
	"source":"businessonbot","requestedAt":"2026-11-20T04:50:12Z"}`

func newPlatform(t *testing.T) *platform.Server {
	t.Helper()
	clk := clock.NewManual(time.Date(2026, 11, 20, 4, 50, 12, 0, time.UTC))
	s := platform.New(platform.Config{Clock: clk, IDs: ident.New(1), Faults: chaos.New(clk)})
	body, err := os.ReadFile("../../../../testdata/orders/51230077.json")
	if err != nil {
		t.Fatal(err)
	}
	s.PutOrder("51230077", body)
	return s
}

// TestAct holds that an action cancels the order once, and tells it as the platform tells everything.
func TestAct(t *testing.T) {
	t.Parallel()
	s := newPlatform(t)
	events, err := s.Act([]byte(cancelAction))
	if err != nil || len(events) == 0 {
		t.Fatalf("got %d events, %v", len(events), err)
	}
	for _, data := range events {
		e, err := order.ParseEvent(data, nil, nil)
		if err != nil {
			t.Fatal(err)
		}
		if e.Kind().String() != "shipment/cancelled_order" || e.AccountID != "811" || e.OrderID != "51230077" || e.Subject == "" ||
			e.Remarks != "ordered twice" || e.Customer.Phone != "9000000001" || !e.OccurredAt.Equal(time.Date(2026, 11, 20, 4, 50, 12, 0, time.UTC)) {
			t.Errorf("got %+v", e)
		}
	}
	if again, err := s.Act([]byte(cancelAction)); err != nil || len(again) != 0 {
		t.Errorf("again: got %d events, %v, want none", len(again), err)
	}
}

func TestActIsStrict(t *testing.T) {
	t.Parallel()
	s := newPlatform(t)
	for name, change := range map[string][2]string{
		"not_json":       {`{"id"`, `{"id`},
		"unknown_key":    {`"mode"`, `"more":1,"mode"`},
		"unknown_action": {`cancel_order`, `refund_order`},
		"no_actor":       {`"bot"`, `""`},
		"no_time":        {`2026-11-20T04:50:12Z`, `yesterday`},
		"unknown_order":  {`"orderId":"51230077"`, `"orderId":"1"`},
		"other_account":  {`neem-and-co`, `tulsi-house`},
	} {
		if events, err := s.Act([]byte(strings.Replace(cancelAction, change[0], change[1], 1))); !errors.Is(err, platform.ErrAction) || len(events) != 0 {
			t.Errorf("%s: got %d events, %v", name, len(events), err)
		}
	}
}
