package converse_test

import (
	"encoding/json"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/account"
	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator"
	"github.com/eshopbox/whatsapp-notifications/shared/provider"
)

// The shopper asks about a product, or sends a cart.
var (
	asksOfProduct = hear(provider.ReplyEvent{
		ID: "in-1", Type: "text", Text: "Is it vegan?", Content: json.RawMessage(`{"referred_product":{"catalog_id":"c1","product_retailer_id":"SOAP-3"}}`),
	}, false)
	sendsCart = hear(provider.ReplyEvent{
		ID: "in-1", Type: "order", Content: json.RawMessage(`{"catalog_id":"c1","product_items":[{"product_retailer_id":"SOAP-3","quantity":2,"item_price":149.5,"currency":"INR"}]}`),
	}, false)
)

func noStandard(a *account.Account) { a.Unexpected.Enabled = false }

// truths are conversations in which a shopper could be told what is not so.
var truths = []conversationCase{
	{"cancelled twice, and the order was delivered", []move{tap(cancelIt), order(status("delivered")), tap("Yes, cancel it"), tap("Yes, cancel it"), wait(time.Hour), tap("Yes, cancel it")}, nil, []string{confirms, standard, standard}, []string{"Cancel order: not done, the order has moved on"}, nil, ""},
	{"cancelled twice, the order was delivered, and no standard text is wanted", []move{settings(noStandard), tap(cancelIt), order(status("delivered")), tap("Yes, cancel it"), wait(time.Hour), tap("Yes, cancel it")}, nil, []string{confirms, "Your order has moved on", "Your order has moved on"}, []string{"Cancel order: not done, the order has moved on"}, nil, ""},
	{"cancelled twice, and the platform refused", []move{broken(simulator.Fault{System: "platform", Path: "/ndrResolution", Mode: "refuse"}), tap(cancelIt), tap("Yes, cancel it"), tap("Yes, cancel it"), tap("Yes, cancel it")}, nil, []string{confirms, notDone, notDone}, []string{"Cancel order: not done, the platform refused it"}, nil, ""},
	{"cancelled twice", []move{tap(cancelIt), tap("Yes, cancel it"), tap("Yes, cancel it")}, []string{cancelled}, []string{confirms, done, late}, []string{"Cancel order: accepted"}, nil, ""},
	{"cancelled after nothing came of another choice", []move{tap(cancelIt), tap(anotherDay), wait(2 * time.Hour), tap("Yes, cancel it")}, []string{cancelled}, []string{confirms, asksDay, done}, []string{"Cancel order: not done, another choice followed", "Change delivery date: not done, the question was not answered", "Cancel order: accepted"}, nil, ""},
	{"a question about a product is no note for the courier", []move{tap(tryAgain), asksOfProduct, wait(11 * time.Minute)}, []string{again}, []string{asks, standard, done}, []string{"Request delivery attempt: accepted"}, []string{"product_question"}, ""},
	{"a question about a product, and no standard text is wanted", []move{settings(noStandard), tap(cancelIt), asksOfProduct, tap("Yes, cancel it")}, []string{cancelled}, []string{confirms, done}, []string{"Cancel order: accepted"}, []string{"product_question"}, ""},
	{"a cart is no day", []move{tap(anotherDay), sendsCart, tap("Tomorrow, 14 Feb")}, []string{deferredTo("2024-02-14")}, []string{asksDay, standard, done}, []string{"Change delivery date: accepted"}, []string{"order"}, ""},
}
