package main

import (
	"errors"
	"net/http"
	"regexp"

	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/world"
	"github.com/eshopbox/whatsapp-notifications/shared/queue"
)

// badDeployment has notify's deployment fail to read events for a while: they are dead letters, with one among them that nobody can read. The
// operator goes back to the former deployment, tries them, replays them, and drops what is left.
func badDeployment(s *stage) error {
	before, err := s.shown()
	if err != nil {
		return err
	}

	s.say("a deployment that reads no event is live for a minute; two events and a poisoned one are dead letters")

	if err = s.poison(); err != nil {
		return err
	}

	said, err := s.walk(deadSection, "dead-letters all")
	if err = errors.Join(err, expect(said, world.OrderEvents+": 3 dead letters", "no parser read it")); err != nil {
		return err
	}

	s.say("the former deployment is back")

	said, err = s.walk(deadSection, "dead-letter-replay -n TOPIC", "TOPIC", world.OrderEvents)
	if err = errors.Join(err, expect(said, "1 still unreadable", "2 sent", "nothing is written")); err != nil {
		return err
	}
	if err = s.unchanged(before); err != nil {
		return err
	}

	if _, err = s.walk(deadSection, "dead-letter-replay TOPIC", "TOPIC", world.OrderEvents); err != nil {
		return err
	}
	if err = s.calm(before, 2); err != nil {
		return err
	}

	s.say("what nobody can read is back among the dead letters")

	return s.drop(world.OrderEvents)
}

// poison keeps two good events and one that nobody can read as dead letters, as a build does that reads none.
func (s *stage) poison() error {
	p := s.world.Parts.Publisher(world.OrderEvents+"-dead", queue.Options{})

	for i := range 3 {
		data := []byte(`{"resource":"shipment","eventSubType":`)

		if i < 2 {
			var err error
			if data, err = s.event(); err != nil {
				return err
			}
		}

		attributes := map[string]string{"source": world.OrderEvents, "CloudPubSubDeadLetterSourceDeliveryCount": "1"}
		if _, err := p.Publish(s.ctx, queue.Message{Data: data, Attributes: attributes}); err != nil {
			return err
		}
	}

	return nil
}

var groupForm = regexp.MustCompile(`(?m)^  (g[0-9a-f]{8})  `)

// drop takes all dead letters of a topic away, group by group, once there is one.
func (s *stage) drop(topic string) error {
	err := s.until("a dead letter is there", func() (bool, error) {
		var all []struct{}
		err := s.must(http.MethodGet, "/local/dead-letters", nil, &all)

		return len(all) > 0, err
	})
	if err != nil {
		return err
	}

	said, err := s.walk(deadSection, "dead-letters all")
	if err != nil {
		return err
	}

	for _, group := range groupForm.FindAllStringSubmatch(said, -1) {
		if _, err = s.walk(deadSection, "dead-letter-drop -n TOPIC/GROUP", "TOPIC", topic, "GROUP", group[1]); err != nil {
			return err
		}
		if _, err = s.walk(deadSection, "dead-letter-drop TOPIC/GROUP", "TOPIC", topic, "GROUP", group[1]); err != nil {
			return err
		}
	}

	return nil
}
