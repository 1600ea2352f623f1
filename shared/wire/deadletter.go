package wire

import "github.com/eshopbox/whatsapp-notifications/shared/deadletter"

// DeadTopics names the topics whose messages become dead letters.
type DeadTopics struct {
	Events    OrderEventsSource
	Callbacks ProviderEventsSource
	Outcomes  OutcomeTopics
}

// Topics returns them. Rows that BigQuery refused are dead letters where outcomes go there.
func (t DeadTopics) Topics() []deadletter.Topic {
	return []deadletter.Topic{
		{Source: t.Events.Topic, Kept: t.Events.Dead + "-kept", Tried: deadletter.OrderEvents},
		{Source: t.Callbacks.Topic, Kept: t.Callbacks.Dead + "-kept", Tried: deadletter.ProviderEvents, Callbacks: true},
		{Source: t.Outcomes.Endings, Kept: t.Outcomes.Endings + "-bigquery-dead-kept", Optional: true},
	}
}
