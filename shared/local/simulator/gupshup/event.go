package gupshup

import (
	"strconv"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator/tenant"
	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator/wire"
)

type object = wire.Object

// envelope2 is the version 2 envelope (shared/provider/gupshup/CONTRACT.md section 6.1).
func (a *app) envelope2(kind string, at time.Time, payload object) []byte {
	o := object{"app": a.Name, "timestamp": at.UnixMilli(), "version": 2, "type": kind, "payload": payload}
	if !a.Behaviour.OmitPhone {
		o["phone"] = a.Phone
	}
	return o.Marshal()
}

// envelope3 is the version 3 envelope (shared/provider/gupshup/CONTRACT.md section 6.8).
func (a *app) envelope3(field string, value object, enqueued bool) []byte {
	entry := object{}
	if !enqueued {
		entry["id"] = a.WABAID
	}

	if field == "messages" {
		value["messaging_product"] = "whatsapp"
		if !enqueued {
			value["metadata"] = object{"display_phone_number": a.Phone, "phone_number_id": a.PhoneNumberID}
		}
	}

	entry["changes"] = []object{{"field": field, "value": value}}

	return object{"object": "whatsapp_business_account", "gs_app_id": a.ID, "entry": []object{entry}}.Marshal()
}

// number spells n as the app's behaviour wants numbers spelled inside of payloads.
func (a *app) number(n int64) any {
	if a.Behaviour.TextValues {
		return strconv.FormatInt(n, 10)
	}
	return n
}

// statusBody is the callback that the message reached a state (shared/provider/gupshup/CONTRACT.md section 6.3,
// shared/provider/gupshup/CONTRACT.md section 6.8).
func (m *message) statusBody(version int, state string, at time.Time) []byte {
	if version == 3 {
		return m.status3(state, at)
	}

	payload := object{"type": state, "destination": m.To}
	switch {
	case state == "enqueued":
		payload["id"] = m.ID
		payload["payload"] = object{"whatsappMessageId": m.wamid, "type": m.sort}
	case state == "failed" && isOwnCode(m.fail):
		payload["id"] = m.ID
		payload["payload"] = m.failure()
	case state == "failed":
		// Without Gupshup's id an asynchronous failure could still be told apart by its WhatsApp id.
		m.ids(payload, "gsId")
		payload["payload"] = m.failure()
	default:
		m.ids(payload, "gsId")
		payload["payload"] = object{"ts": m.app.number(at.Unix())}
		if state == "sent" {
			m.price(payload, at)
		}
	}

	return m.app.envelope2("message-event", at, payload)
}

func (m *message) ids(payload object, gsKey string) {
	payload["id"] = m.wamid
	if !m.app.Behaviour.OmitGsID {
		payload[gsKey] = m.ID
	}
}

func (m *message) failure() object {
	return object{"code": m.app.number(int64(m.fail)), "reason": reasonOf(m.fail)}
}

func (m *message) price(payload object, at time.Time) {
	payload["pricing"] = object{"policy": "PMP", "category": m.category(), "type": m.priceType()}
	if m.app.Behaviour.Conversation {
		payload["conversation"] = object{
			"id": m.ID[:8], "expiresAt": at.Add(tenant.Window).Unix(), "type": m.category(),
		}
	}
}

func (m *message) priceType() string {
	if m.template == nil {
		return "free_customer_service"
	}
	return "regular"
}

func (m *message) status3(state string, at time.Time) []byte {
	status := object{"recipient_id": m.To, "status": state, "timestamp": strconv.FormatInt(at.Unix(), 10)}
	m.ids(status, "gs_id")

	switch state {
	case "enqueued":
		status["timestamp"] = at.UnixMilli()
	case "failed":
		if isOwnCode(m.fail) {
			status["id"], status["gs_id"] = m.ID, m.ID
		}

		status["errors"] = []object{{
			"code": m.fail, "title": reasonOf(m.fail),
			"href": "https://developers.facebook.com/docs/whatsapp/cloud-api/support/error-codes/",
		}}
	case "sent":
		status["pricing"] = object{
			"billable": m.template != nil, "pricing_model": "PMP", "category": m.category(), "type": m.priceType(),
		}
	}

	return m.app.envelope3("messages", object{"statuses": []object{status}}, state == "enqueued")
}

// billingBody is the billing-event (shared/provider/gupshup/CONTRACT.md section 6.5).
func (m *message) billingBody(version int, at time.Time) []byte {
	var billable any = m.template != nil
	if m.app.Behaviour.TextValues {
		billable = strconv.FormatBool(m.template != nil)
	}

	deductions := object{
		"type": m.priceType(), "model": "PMP", "source": "whatsapp", "billable": billable, "category": m.category(),
	}
	references := object{"destination": m.To}
	if version == 3 {
		m.ids(references, "gs_id")
		return m.app.envelope3("billing-event", object{
			"billing": object{"deductions": deductions, "references": references},
		}, false)
	}

	m.ids(references, "gsId")

	return m.app.envelope2("billing-event", at, object{"deductions": deductions, "references": references})
}
