package simulation

import (
	"bytes"
	"strings"

	pb "cloud.google.com/go/pubsub/v2/apiv1/pubsubpb"
)

// mostRefused is how often what nobody can read is delivered in vain at most, where nothing goes wrong.
const mostRefused = 2

// marked returns what nobody can read and has its mark in the data.
func (n *news) marked(data []byte) *litter {
	for _, l := range n.litter {
		if bytes.Contains(data, []byte(l.step.garbage())) {
			return l
		}
	}

	return nil
}

func (n *news) garbagePublished(topic string, m *pb.PubsubMessage) {
	if l := n.marked(m.GetData()); l != nil {
		if strings.HasSuffix(topic, "-dead") {
			l.kept++
		} else {
			l.arrived = true
		}
	}
}

func (n *news) refused(_ string, c copyOf) {
	l := n.marked(c.message.GetData())
	if l == nil || l.step.Rubbish == NewerSchema {
		return
	}

	l.refused++
	if l.refused == mostRefused+1 && len(n.oracle.world.plan.Troubles) == 0 && n.oracle.world.calm(l.step.App, l.step.At, n.now()) {
		n.oracle.find("%s: %s is delivered again and again", l.step.name(), l.step.Rubbish)
	}
}

func (n *news) rest() {
	for _, l := range n.litter {
		if l.step.Rubbish == NewerSchema || !l.arrived {
			continue
		}

		if l.kept == 0 {
			n.oracle.find("%s: %s is not kept as a dead letter", l.step.name(), l.step.Rubbish)
		}
		if l.step.Rubbish == NonsenseBeside && !n.heardOf(l.step.thanks()) {
			n.oracle.find("%s: the shopper's message beside a broken one is lost", l.step.name())
		}
	}
}

// heardOf reports whether a shopper's words have been stored.
func (n *news) heardOf(words string) (heard bool) {
	n.oracle.world.cloud.Firestore().Documents(func(_ string, fields map[string]*firestoreValue) bool {
		heard = heard || fields["text"].GetStringValue() == words
		return true
	})

	return heard
}
