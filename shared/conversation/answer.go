package conversation

import (
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/message"
)

// Said is what a shopper wrote or tapped that is no action by itself.
type Said struct {
	// ID is the reply's.
	ID string    `firestore:"id"`
	At time.Time `firestore:"at"`
	// Kind is what it is.
	Kind SaidKind `firestore:"kind"`
	// Choice is what a button of an answer stands for; see [Answer].
	Choice string `firestore:"choice,omitempty"`
	Text   string `firestore:"text,omitempty"`
	// Quotes is our message that it quotes, by its id, or [QuotesAnother]; empty if it quotes none.
	Quotes string `firestore:"quotes,omitempty"`
	// ActionID is the action that the answered message was about; empty if there is none.
	ActionID string `firestore:"action,omitempty"`
	// About is the newest message about a failed delivery that the shopper may mean; its zero value if there is none.
	About   About `firestore:"about,omitzero"`
	Standby bool  `firestore:"standby,omitempty"`
}

// About is a message about a failed delivery.
type About struct {
	MessageID  string `firestore:"message,omitempty"`
	OrderID    string `firestore:"order,omitempty"`
	Subject    string `firestore:"subject,omitempty"`
	TrackingID string `firestore:"tracking,omitempty"`
}

// QuotesAnother stands for a quoted message that is none of ours.
const QuotesAnother = "another"

// SaidKind is the sort of what was said.
type SaidKind string

// Answer is what a shopper is to be told within the service window.
type Answer struct {
	// ID is unique in its conversation.
	ID   string     `firestore:"id"`
	Kind AnswerKind `firestore:"kind"`
	// ReplyID is what it answers, ActionID the action that it is about; MessageID is the message that began it all. Each may be empty.
	ReplyID   string   `firestore:"reply,omitempty"`
	ActionID  string   `firestore:"action,omitempty"`
	MessageID string   `firestore:"message,omitempty"`
	Text      string   `firestore:"text"`
	Buttons   []Button `firestore:"buttons,omitempty"`
	// NotBefore is when it may go out, Until when it no longer can.
	NotBefore time.Time `firestore:"notBefore,omitzero"`
	Until     time.Time `firestore:"until"`
}

// Notice says how an action ended, for those who are told of it.
type Notice struct {
	// ID is the same each time it is told.
	ID     string `firestore:"id"`
	Action Action `firestore:"action"`
	// Forward says that a person has to go on with it.
	Forward bool `firestore:"forward,omitempty"`
}

// Button is a button of an answer.
type Button = message.Button

// AnswerKind says what an answer is for.
type AnswerKind string

// The kinds of what was said.
const (
	// SaidText is a text.
	SaidText SaidKind = "text"
	// SaidChoice is a tap on a button of an answer.
	SaidChoice SaidKind = "choice"
	// SaidPlace is a location; Text has its coordinates.
	SaidPlace SaidKind = "place"
	// SaidGoods is a question about a product, or a cart. It answers nothing that was asked.
	SaidGoods SaidKind = "goods"
	// SaidOther is anything else, such as an image.
	SaidOther SaidKind = "other"
)

// The kinds of answers.
const (
	// AnswerQuestion asks for what an action lacks.
	AnswerQuestion AnswerKind = "question"
	// AnswerOffer names what can be chosen.
	AnswerOffer AnswerKind = "offer"
	// AnswerLate says that an earlier choice counts.
	AnswerLate AnswerKind = "late"
	// AnswerDone and AnswerNotDone say how an action ended.
	AnswerDone    AnswerKind = "done"
	AnswerNotDone AnswerKind = "not_done"
	// AnswerStandard is the account's standard text.
	AnswerStandard AnswerKind = "standard"
)
