package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/world"
	"github.com/eshopbox/whatsapp-notifications/testdata"
)

// patience ends a wait for something that does not come any more.
const patience = time.Minute

// do makes a request to the world, and reads its JSON answer into a value unless that is nil.
func (s *stage) do(method, path string, body []byte, into any) (int, error) {
	req, err := http.NewRequestWithContext(s.ctx, method, s.world.URL+path, bytes.NewReader(body))
	if err != nil {
		return 0, err
	}

	req.Header.Set("Content-Type", "application/json")

	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return 0, err
	}
	defer func() { _ = resp.Body.Close() }()

	answer, err := io.ReadAll(resp.Body)
	if err != nil || into == nil {
		return resp.StatusCode, err
	}

	return resp.StatusCode, json.Unmarshal(answer, into)
}

// must is do for requests that have to succeed.
func (s *stage) must(method, path string, body []byte, into any) error {
	code, err := s.do(method, path, body, into)
	if err == nil && code/100 != 2 {
		err = fmt.Errorf("%s %s answered %d", method, path, code)
	}

	return err
}

// at returns the stage at another place, whose shopper has subscribed.
func (s *stage) at(p place) (*stage, error) {
	there := *s
	there.place = p

	return &there, there.subscribe()
}

// subscribe has the shopper subscribe on the portal.
func (s *stage) subscribe() error {
	body, err := json.Marshal(map[string]string{
		"contactPhone":   s.place.shopper,
		"customerName":   s.place.customer,
		"email":          s.place.address,
		"accountId":      s.place.brand,
		"whatsAppStatus": "ACTIVE",
	})
	if err != nil {
		return err
	}

	return s.must(http.MethodPost, world.OrderPath+s.place.order, body, nil)
}

// event returns the next failed delivery of the shopper's order.
func (s *stage) event() ([]byte, error) {
	text, err := testdata.Files.ReadFile("events/shipment-failed_delivery.json")
	if err != nil {
		return nil, err
	}

	s.told++
	at := s.begun.Add(time.Duration(s.told) * time.Second).In(time.FixedZone("IST", 19800)).Format(time.DateTime)

	return []byte(strings.NewReplacer(
		"2024-02-13 15:20:41", at,
		neem.order, s.place.order,
		`"account_id": `+neem.brand, `"account_id": `+s.place.brand,
		neem.slug, s.place.slug,
		neem.shopper, s.place.shopper,
	).Replace(string(text))), nil
}

// tell has the platform tell of the next failed delivery.
func (s *stage) tell() error {
	body, err := s.event()
	if err != nil {
		return err
	}

	return s.must(http.MethodPost, "/local/events", body, nil)
}

// entry is a message as the send log has it.
type entry struct {
	ID     string `json:"id"`
	Status string `json:"status"`
	Reason string `json:"reason"`
	HeldBy string `json:"heldBy"`
}

// entries returns the messages of the order.
func (s *stage) entries() ([]entry, error) {
	var all []entry
	err := s.must(http.MethodGet, "/local/send-log?orderId="+s.place.order, nil, &all)

	return all, err
}

// shown returns how many messages the shopper's phone shows.
func (s *stage) shown() (int, error) {
	var all []struct{}
	err := s.must(http.MethodGet, "/local/inbox/"+s.place.shopper, nil, &all)

	return len(all), err
}

// until waits until something holds.
func (s *stage) until(what string, holds func() (bool, error)) error {
	for end := time.Now().Add(patience); ; {
		ok, err := holds()
		if err != nil || ok {
			return err
		}
		if time.Now().After(end) {
			all, _ := s.entries()
			return fmt.Errorf("not within %s: %s; the send log has %+v", patience, what, all)
		}

		select {
		case <-s.ctx.Done():
			return s.ctx.Err()
		case <-time.After(200 * time.Millisecond): // the portal takes 300 requests a minute
		}
	}
}

// pause waits for a time.
func (s *stage) pause(d time.Duration) error {
	select {
	case <-s.ctx.Done():
		return s.ctx.Err()
	case <-time.After(d):
		return nil
	}
}

// untilOne waits until a message of the order is of a status, and returns it.
func (s *stage) untilOne(status string) (one entry, err error) {
	err = s.until("a message is "+status, func() (bool, error) {
		all, failed := s.entries()
		for _, e := range all {
			if e.Status == status {
				one = e
				return true, nil
			}
		}

		return false, failed
	})

	return one, err
}

// tellHeld has a delivery fail whose message is held, as explain then says.
func (s *stage) tellHeld() error {
	if err := s.tell(); err != nil {
		return err
	}
	if _, err := s.untilOne("held"); err != nil {
		return err
	}

	said, err := s.walk(whySection, "explain ACCOUNT/ORDER", "ACCOUNT", s.place.brand, "ORDER", s.place.order)

	return errors.Join(err, expect(said, "held: "))
}

// calm waits until the phone has so many messages more than before, each read, and no message is left under way. It then holds that there is not
// one more.
func (s *stage) calm(before, more int) error {
	err := s.until(fmt.Sprintf("%d more messages are read", more), func() (bool, error) {
		all, err := s.entries()
		if err != nil {
			return false, err
		}

		for _, e := range all {
			if e.Status != "read" && e.Status != "refused" {
				return false, nil
			}
		}

		now, err := s.shown()

		return now >= before+more, err
	})
	if err != nil {
		return err
	}

	return s.unchanged(before + more)
}

// unchanged holds that the phone shows so many messages.
func (s *stage) unchanged(want int) error {
	now, err := s.shown()
	if err == nil && now != want {
		err = fmt.Errorf("the phone shows %d messages, want %d", now, want)
	}

	return err
}

// faults sets what is broken; an empty text mends all of it.
func (s *stage) faults(text string) error {
	if text == "" {
		return s.must(http.MethodDelete, "/local/faults", nil, nil)
	}

	return s.must(http.MethodPut, "/local/faults", []byte(text), nil)
}
