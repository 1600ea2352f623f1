package intake

// StoreReply is storeReply, for the tests of what it returns.
var StoreReply = (*Intake).storeReply
