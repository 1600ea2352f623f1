package main

import (
	"errors"
	"fmt"
	"strings"

	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/demo"
)

// The sections of the runbook that are walked.
const (
	whySection     = "Why was nothing sent?"
	givenUpSection = "A message that was given up"
	deadSection    = "Dead letters"
	leakedSection  = "A secret leaked"
	cannotSection  = "An app cannot send"
)

// providerDown has a provider answer no post. A message stays in doubt, is sent once more, and is given up; the operator looks it up, waits for the
// provider, and reopens it.
func providerDown(s *stage) error {
	before, err := s.shown()
	if err != nil {
		return err
	}

	s.say("Gupshup answers nothing any more, and a delivery fails")

	if err = s.faults(`{"simulator":[{"system":"gupshup","path":"/template/msg","mode":"timeout_before"}]}`); err != nil {
		return err
	}
	if err = s.tell(); err != nil {
		return err
	}

	lost, err := s.untilOne("given_up")
	if err != nil {
		return err
	}

	said, err := s.walk(whySection, "explain ACCOUNT/ORDER", "ACCOUNT", s.place.brand, "ORDER", s.place.order)
	if err = errors.Join(err, expect(said, lost.ID, "given_up: ")); err != nil {
		return err
	}

	s.say("Gupshup's status page says that it is over, and its log that it never had the message")

	if err = s.faults(""); err != nil {
		return err
	}

	for _, command := range []string{"reopen -n MESSAGE_ID", "reopen MESSAGE_ID"} {
		if said, err = s.walk(givenUpSection, command, "MESSAGE_ID", lost.ID); err != nil {
			return err
		}
	}

	if err = expect(said, "reopened: sweep sends it"); err != nil {
		return err
	}

	return s.calm(before, 1)
}

// fullDisk has the database refuse every write. Nothing is sent, since nothing can be noted first, and ops changes nothing for the same reason. Once it
// writes again everything comes by itself.
func fullDisk(s *stage) error {
	before, err := s.shown()
	if err != nil {
		return err
	}

	s.say("the database takes no write, and a delivery fails")

	if err = s.faults(`{"cloud":[{"method":"Firestore/Commit","mode":"fail_before","code":"INTERNAL"}]}`); err != nil {
		return err
	}
	if err = s.tell(); err != nil {
		return err
	}

	if _, err = s.walk(whySection, "explain ACCOUNT/ORDER", "ACCOUNT", s.place.brand, "ORDER", s.place.order); err != nil {
		return err
	}

	said, err := s.walk(leakedSection, "rotate-webhook ACCOUNT/APP", "ACCOUNT", s.place.brand, "APP", s.place.app)
	if err == nil || !strings.Contains(err.Error(), "nothing is changed, since it cannot be noted") {
		return fmt.Errorf("a command changed something while nothing could be noted: %w, %s", err, said)
	}
	if err = s.unchanged(before); err != nil {
		return err
	}

	s.say("there is room again")

	if err = s.faults(""); err != nil {
		return err
	}

	return s.calm(before, 1)
}

// keyRevoked has a brand revoke the key of its app at the provider. Its messages are held; the operator gives the app the new key, which is tried
// first, and they go out.
func keyRevoked(s *stage) error {
	before, err := s.shown()
	if err != nil {
		return err
	}

	const fresh = "sk-gameday-0123456789"

	s.say("Neem & Co revokes the key that we have, and makes another one")

	if err = s.world.Simulator.Gupshup().SetAPIKey(demo.NeemGupshupID, fresh); err != nil {
		return err
	}
	if err = s.tellHeld(); err != nil {
		return err
	}

	var said string
	for _, command := range []string{"rotate-secret -n ACCOUNT/APP", "rotate-secret ACCOUNT/APP"} {
		if said, err = s.walkWith(fresh+"\n", cannotSection, command, "ACCOUNT", s.place.brand, "APP", s.place.app); err != nil {
			return err
		}
	}

	if err = expect(said, "has another credential"); err != nil {
		return err
	}

	return s.calm(before, 1)
}
