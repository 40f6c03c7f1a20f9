"""The C text of `c_entry`: a builtin function of Python's, in terms of tables and of Python's functions.

No header of Python's is needed: its functions come as pointers (`api`), and what lies where in its objects is
told by the tables or is the layout that `c_guards` knows.  A list's items begin at its byte 24; an array has
its data at 16, its number of dimensions at 24, their sizes and strides at 32 and 40, its base at 48, its
dtype at 56.
"""

from __future__ import annotations

from .c_guards import SOURCE as GUARDS

ENTER = """
typedef struct object object;
typedef struct { long bytes, dims; object *value, *kind, *grad, *dtype; char *to;
                 long *shape, *strides; } argument;
struct lookup { object *dict, *key, *list; };
typedef struct {
  long valid, inputs, lookups, writes, grads, history;
  long data_at, rg_at, grad_at, node_at, view_at, extras_at;
  long edges_at, saved_at, node_extras_at, number_at, count_at, last_at, by_at;
  argument *input; table *guards; struct lookup *lookup; object **write, **written, ***slot, **grad;
  int (*run)(void *); void *memory;
  object *recording, *mode, *errors, *usual, *turn, *unsure, *ndarray, *scope, *key, *counter, *by;
  object *result, *index, *tensor, *node; } entry;
typedef struct { long count; entry **entries; object *missed; } chain;
static struct {
  object *none, *no, *yes, *empty, *one;
  void *(*pointer)(object *), (*keep)(object *), (*drop)(object *);
  int (*set)(object *, object *, object *), (*context)(object *, object *, object **);
  object *(*get)(object *, object *), *(*item)(object *, object *), *(*add)(object *, object *);
  object *(*next)(object *), *(*call)(object *), *(*alloc)(object *, long); } P;
void begin(const void *functions) { memcpy(&P, functions, sizeof P); }

#define AT(x, offset) (*(object **)((char *)(x) + (offset)))
#define FIRST(list) (**(object ***)((char *)(list) + 24))
static object *own(object *x) { P.keep(x); return x; }
static void put(object *x, long offset, object *value) {
  object *old = AT(x, offset);
  AT(x, offset) = value;
  if (old) P.drop(old);
}

static int apart(const entry *e, object *x) {
  for (object *base = x; base; base = AT(base, 48)) {
    if (AT(base, 8) != e->ndarray) break;
    x = base;
  }
  for (long k = 0; k < e->writes; k++) if (x == e->written[k]) return 0;
  return 1;
}
static int takes(const entry *e, const argument *a, object *x) {
  if (!a->kind) return x == a->value;
  if (AT(x, 8) != a->kind || AT(x, e->view_at) != P.none || AT(x, e->extras_at) != P.none
      || AT(x, e->rg_at) != a->grad) return 0;
  object *d = AT(x, e->data_at);
  return AT(d, 8) == e->ndarray && AT(d, 56) == a->dtype && *(int *)((char *)d + 24) == a->dims
      && !memcmp(AT(d, 32), a->shape, a->dims * sizeof(long))
      && !memcmp(AT(d, 40), a->strides, a->dims * sizeof(long)) && apart(e, d);
}
static int holding(object *variable, object *wanted) {
  object *found = 0;
  if (P.context(variable, 0, &found)) return -1;
  if (found) P.drop(found);
  return found == wanted;
}
static int fits(entry *e, object *const *given) {
  if (!e->valid || FIRST(e->turn) != P.no || FIRST(e->unsure) != P.no) return 0;
  for (long k = 0; k < e->inputs; k++) if (!takes(e, e->input + k, given[k])) return 0;
  int same = holding(e->recording, e->mode);
  if (same == 1) same = holding(e->errors, e->usual);
  if (same != 1 || holds(e->guards) != 1) return same < 0 ? same : 0;
  for (const struct lookup *l = e->lookup, *end = l + e->lookups; l < end; l++)
    if (P.get(l->dict, l->key) != FIRST(l->list)) return 0;
  return 1;
}
static int count(entry *e) {
  object *now = P.next(e->counter);
  int bad = !now || P.set(e->scope, e->key, now);
  for (long k = 0; !bad && k < e->writes; k++) {
    object *write = e->write[k], *more = P.add(AT(write, e->count_at), P.one);
    if ((bad = !more)) break;
    put(write, e->count_at, more);
    put(write, e->last_at, own(now));
    put(write, e->by_at, own(e->by));
  }
  if (now) P.drop(now);
  return bad;
}
static object *node(entry *e) {
  object *made = P.alloc(e->node, 0), *number = made ? P.next(e->counter) : 0;
  if (!number) { if (made) P.drop(made); return 0; }
  put(made, e->edges_at, own(P.empty)); put(made, e->saved_at, own(P.none));
  put(made, e->node_extras_at, own(P.none)); put(made, e->number_at, number);
  return made;
}
static object *tensor(entry *e, object *data) {
  object *made = P.alloc(e->tensor, 0), *past = 0;
  if (!made) { P.drop(data); return 0; }
  put(made, e->data_at, data);
  put(made, e->rg_at, own(e->history ? P.yes : P.no));
  put(made, e->grad_at, own(P.none)); put(made, e->view_at, own(P.none));
  put(made, e->extras_at, own(P.none));
  if (e->history && !(past = node(e))) { P.drop(made); return 0; }
  put(made, e->node_at, past ? past : own(P.none));
  return made;
}
static object *finish(entry *e) {
  object *old[e->grads + 1], *data;
  long n = 0;
  int bad = count(e);
  for (long k = 0; k < e->grads; k++) if (*e->slot[k] != e->grad[k]) {
    old[n++] = *e->slot[k];
    *e->slot[k] = own(e->grad[k]);
  }
  data = bad ? 0 : e->index ? P.item(e->result, e->index) : P.call(e->result);
  object *made = data ? tensor(e, data) : 0;
  while (n) P.drop(old[--n]);
  return made;
}
object *enter(object *self, object *const *given, long inputs) {
  const chain *c = P.pointer(self);
  for (long k = 0; k < c->count; k++) {
    entry *e = c->entries[k];
    if (e->inputs != inputs) continue;
    int same = fits(e, given);
    if (same < 0) return 0;
    if (!same) continue;
    for (long j = 0; j < inputs; j++) if (e->input[j].to)
      memcpy(e->input[j].to, AT(AT(given[j], e->data_at), 16), e->input[j].bytes);
    if (!e->run(e->memory)) return finish(e);
  }
  return own(c->missed);
}
"""
"""``enter`` calls the first entry of a chain that fits, and gives back what it returns, or `missed`.

``fits`` looks and changes nothing.  From there to the end of ``finish`` no Python runs and nothing that the
collector follows is made before the result is copied; what the old gradients take with them goes last.
"""

SOURCE = GUARDS + ENTER
