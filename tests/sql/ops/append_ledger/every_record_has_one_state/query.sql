FROM ops.ledger
