"""Analyses over the intermediate representation: guards, origins, intervals, paths.

Which function says who gets to a place, those that prove that strangers do not first:

============================  ================================================  =======================================
function                      holds if                                          for a detector that
============================  ================================================  =======================================
`guards.is_authorised`        every way there passes a test of the caller or a  is silent if anybody at all is kept
                              signer against what is stored or fixed            out: the owner of a record counts
`authority.is_trusted`        the same, and strangers cannot enter themselves   would be wrong about an owner of one
                              in the mapping or array that is looked up         record, whom anyone can become
`handover.only_for_trusted`   every way there asks for a role: neither a        asks who can come back during a call:
                              record nor a variable that strangers can set      more than one entry is involved
`gates.asks_about_caller`     some condition before has to do with the caller   is silent in doubt: the condition may
                              or a signer, whatever it proves                   keep strangers out in a way not proved
`gates.is_unguarded`          none has, nothing that is not here is asked       says that anyone can do this, for a
                              before, and what is done there lasts              payment or at some time at least
`gates.is_open`               no state, payment or answer decides either        says that any caller can do this
============================  ================================================  =======================================

Of an account, `handover.strange` says whether a stranger chooses it. Of a contract, `authority.authorities` gives the
places that say who is trusted, and `seizures.seizures` the ways in which strangers write them.
"""
