package main

import (
	"net/http"
	"time"
)

// templateEdited has somebody at the brand edit the template so that what fills it does not fit any more. Its messages are held and not sent wrongly;
// the operator finds out why, and they go out once the text is put right.
func templateEdited(of *stage) error {
	s, err := of.at(marigold)
	if err != nil {
		return err
	}

	before, err := s.shown()
	if err != nil {
		return err
	}

	s.say("somebody adds a place to the template's text, which nothing fills")

	if err = s.edit("Hi {{1}}, order {{2}} of {{3}}: {{4}}. Call {{5}} about it."); err != nil {
		return err
	}

	err = s.until("WhatsApp has told of it", func() (bool, error) {
		a, failed := s.world.Parts.Store.Account(s.ctx, s.place.brand)
		return !a.Event("shipment/failed_delivery").Health.Healthy(), failed
	})
	if err != nil {
		return err
	}
	if err = s.tellHeld(); err != nil {
		return err
	}

	s.say("the brand puts the text right")

	if err = s.pause(whatsAppSecond); err != nil {
		return err
	}

	if err = s.edit("Hi {{1}}, we could not deliver your order {{2}} from {{3}}: {{4}}. What shall we do?"); err != nil {
		return err
	}
	if err = s.change(`"status":"APPROVED"`); err != nil {
		return err
	}

	return s.calm(before, 1)
}

// whatsAppSecond is more than the second that WhatsApp's news name: what is mended within the same one looks older than what was noted in it.
const whatsAppSecond = 2 * time.Second

// failedTemplate is the template that tells of a failed delivery.
const failedTemplate = "900000000000004"

// edit gives the template another text at its provider.
func (s *stage) edit(text string) error { return s.change(`"text":"` + text + `"`) }

// change has WhatsApp change the template, which is told to the app's webhook.
func (s *stage) change(what string) error {
	return s.must(http.MethodPost, "/local/templates", []byte(`{"app":"`+s.place.app+`","template":"`+failedTemplate+`",`+what+`}`), nil)
}
