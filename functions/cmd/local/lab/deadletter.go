package lab

import (
	"context"
	"encoding/json"
	"net/http"
	"path"
	"strings"

	pb "cloud.google.com/go/pubsub/v2/apiv1/pubsubpb"

	"github.com/eshopbox/whatsapp-notifications/shared/httpx"
)

// maxLetters is the most dead letters of one topic that a request shows or publishes again.
const maxLetters = 1000

// deadLetter is a message that is kept.
type deadLetter struct {
	// Topic is the short name of the topic that it came from.
	Topic      string            `json:"topic"`
	Attributes map[string]string `json:"attributes"`
	// Data is its JSON, or a text of bytes that are none.
	Data json.RawMessage `json:"data"`
}

// getDeadLetters answers with the dead letters that are kept, and leaves them there.
func (l *Lab) getDeadLetters(rw http.ResponseWriter, r *http.Request) error {
	if err := httpx.RequireMethod(rw, r, http.MethodGet); err != nil {
		return err
	}

	letters := []deadLetter{}
	err := l.eachTopic(r.Context(), func(topic, kept string, messages []*pb.ReceivedMessage) error {
		for _, m := range messages {
			letters = append(letters, deadLetter{
				Topic:      path.Base(topic),
				Attributes: m.GetMessage().GetAttributes(),
				Data:       shown(m.GetMessage().GetData()),
			})
		}

		_, err := l.Cloud.PubSub().ModifyAckDeadline(r.Context(), &pb.ModifyAckDeadlineRequest{Subscription: kept, AckIds: ackIDs(messages)})

		return err
	})
	if err != nil {
		return err
	}

	return httpx.WriteJSON(rw, http.StatusOK, letters)
}

// replayDeadLetters publishes the dead letters to the topics that they came from, with their attributes, and takes them away.
func (l *Lab) replayDeadLetters(rw http.ResponseWriter, r *http.Request) error {
	if err := httpx.RequireMethod(rw, r, http.MethodPost); err != nil {
		return err
	}

	replayed := 0
	err := l.eachTopic(r.Context(), func(topic, kept string, messages []*pb.ReceivedMessage) error {
		again := &pb.PublishRequest{Topic: topic}
		for _, m := range messages {
			again.Messages = append(again.Messages, &pb.PubsubMessage{
				Data:       m.GetMessage().GetData(),
				Attributes: m.GetMessage().GetAttributes(),
			})
		}
		if _, err := l.Cloud.PubSub().Publish(r.Context(), again); err != nil {
			return err
		}

		replayed += len(messages)
		_, err := l.Cloud.PubSub().Acknowledge(r.Context(), &pb.AcknowledgeRequest{Subscription: kept, AckIds: ackIDs(messages)})

		return err
	})
	if err != nil {
		return err
	}

	return httpx.WriteJSON(rw, http.StatusOK, map[string]int{"replayed": replayed})
}

// eachTopic hands the dead letters of each topic that has some to f, with the subscription that keeps them.
func (l *Lab) eachTopic(ctx context.Context, f func(topic, kept string, messages []*pb.ReceivedMessage) error) error {
	for _, topic := range l.Topics {
		kept := strings.Replace(topic, "/topics/", "/subscriptions/", 1) + "-dead-kept"

		pulled, err := l.Cloud.PubSub().Pull(ctx, &pb.PullRequest{
			Subscription:      kept,
			MaxMessages:       maxLetters,
			ReturnImmediately: true,
		})
		if err != nil {
			return err
		}
		if len(pulled.GetReceivedMessages()) == 0 {
			continue
		}
		if err := f(topic, kept, pulled.GetReceivedMessages()); err != nil {
			return err
		}
	}

	return nil
}

func ackIDs(messages []*pb.ReceivedMessage) []string {
	ids := make([]string, len(messages))
	for i, m := range messages {
		ids[i] = m.GetAckId()
	}

	return ids
}

// shown returns data as JSON: itself if it is some, or else a text.
func shown(data []byte) json.RawMessage {
	if json.Valid(data) {
		return data
	}

	text, err := json.Marshal(string(data))
	if err != nil {
		return json.RawMessage("null")
	}

	return text
}
