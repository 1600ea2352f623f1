package main

import (
	"errors"
	"net/http"
	"regexp"
	"strconv"
	"time"

	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/world"
)

// tokenLeaked has a stranger use the address of a webhook: a STOP in the shopper's name is heeded. The operator replaces the address, which shuts
// the stranger out and no callback of the provider.
func tokenLeaked(s *stage) error {
	before, err := s.shown()
	if err != nil {
		return err
	}

	leaked, err := s.webhook()
	if err != nil {
		return err
	}

	s.say("a stranger has the address of Neem & Co's webhook, and says STOP for Ira")

	if err = s.must(http.MethodPost, leaked, forgedStop(), nil); err != nil {
		return err
	}
	if err = s.until("the shopper has withdrawn", func() (bool, error) { return s.subscribed("0") }); err != nil {
		return err
	}

	var said string
	for _, command := range []string{"rotate-webhook -n ACCOUNT/APP", "rotate-webhook ACCOUNT/APP", "rotate-end ACCOUNT/APP"} {
		if said, err = s.walk(leakedSection, command, "ACCOUNT", s.place.brand, "APP", s.place.app); err != nil {
			return err
		}
	}

	// The newest is the one that the provider was told.
	left := addressForm.FindAllStringSubmatch(said, -1)
	for _, address := range left[:max(len(left)-1, 0)] {
		if _, err = s.walk(leakedSection, "webhook-end APP/TOKEN", "APP/TOKEN", address[1]); err != nil {
			return err
		}
	}

	err = s.until("the stranger is shut out", func() (bool, error) {
		code, failed := s.do(http.MethodPost, leaked, forgedStop(), nil)
		return code == http.StatusNotFound, failed
	})
	if err != nil {
		return err
	}

	s.say("Ira, who was asked, subscribes again; the next message is read, so the provider's reports come by the new address")

	if err = s.subscribe(); err != nil {
		return err
	}
	if err = s.until("the shopper is subscribed", func() (bool, error) { return s.subscribed("1") }); err != nil {
		return err
	}
	if err = s.tell(); err != nil {
		return err
	}

	return s.calm(before, 1)
}

// addressForm is how ops lists the addresses of a webhook, by their hashes.
var addressForm = regexp.MustCompile(`(?m)^address (\S+/[0-9a-f]{32}), added at `)

// webhook returns the path of the webhook that the provider reports to.
func (s *stage) webhook() (string, error) {
	var all []struct {
		AppID   string `json:"appId"`
		Webhook string `json:"webhook"`
	}
	if err := s.must(http.MethodGet, "/local/apps", nil, &all); err != nil {
		return "", err
	}

	for _, a := range all {
		if a.AppID == s.place.app {
			return a.Webhook, nil
		}
	}

	return "", errors.New("the app has no webhook")
}

// forgedStop is a STOP as Gupshup posts one, which nobody signs.
func forgedStop() []byte {
	return []byte(`{"app":"NeemAlerts","timestamp":` + strconv.FormatInt(time.Now().UnixMilli(), 10) + `,"version":2,"type":"message","payload":{"id":"wamid.FORGED","source":"91` + neem.shopper +
		`","type":"text","payload":{"text":"STOP"},"sender":{"phone":"91` + neem.shopper + `","name":"Ira","country_code":"91","dial_code":"` + neem.shopper + `"}}}`)
}

// subscribed reports whether the portal says of the shopper that it is so: "1" or "0".
func (s *stage) subscribed(want string) (bool, error) {
	var shown struct {
		Key string `json:"isWhatsAppEnabledForNotifications"`
	}
	err := s.must(http.MethodGet, world.OrderPath+s.place.order, nil, &shown)

	return shown.Key == want, err
}
