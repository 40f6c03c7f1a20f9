"""What all optimizers share besides arithmetic.

| module | what is in it |
|---|---|
| `param_groups` | groups of parameters and their options |
| `option_checks` | which options are refused |
| `state_dict` | saving and loading |
| `step_hooks` | hooks before and after a step |
"""
