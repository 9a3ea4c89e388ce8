/* How Values come and go: two things that Python's objects may not do by themselves.

   Freeing. A Value that is freed lets its parents go, and these theirs: one C call inside another for each node of a
   chain, until the stack overflows. So whoever is freed meanwhile is put aside, and the outermost call frees it.

   Memory: blocks of one size, cut from slabs of 2 MB. A graph is made and freed as a whole, over and over. Here its
   memory comes in order, so that neighbours in the graph are neighbours in memory, the system may give a slab as one
   large page, and what was just freed is kept for the next graph. Python's own allocator returns it at once, and gets
   it back page by page: a third of the time of a graph. Up to 128 MB that hold no Values are kept; what is more
   goes back to the system, and nearly all of it after a graph that was made to be traced, once. With
   GLASSGRAD_NO_SLABS, and where there is no mmap, Python's allocator does the work: for tools that look for errors in
   the use of memory.

   Python's lock protects all of this. */

#include <Python.h>

typedef struct { /* as value.pxd lists them */
    PyObject_HEAD
    PyObject *a, *b;
    double da, db, grad;
    long long visit;
    double value;
    PyObject *operation, *scope, *label;
} fields;

#if !defined(GLASSGRAD_NO_SLABS) && !defined(Py_GIL_DISABLED) && (defined(__linux__) || defined(__APPLE__))
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>

#define SLAB_SIZE ((size_t)2 << 20)
#define EMPTY_SLABS_KEPT 64      /* 128 MB, after a large graph */
#define EMPTY_SLABS_AT_LEAST 15  /* 30 MB, of which nobody knows whether they are needed */
#define AT_REST ((size_t)1 << 15) /* Values: more than a slab has */
#define A_GRAPH (SLAB_SIZE / 16) /* so many bytes at a time, 1,300 Values: not a result here and there */

typedef struct block {
    struct block *next;
} block;

typedef struct slab { /* at the beginning of its 2 MB */
    struct slab *previous, *next; /* among those with room */
    block *freed;                 /* blocks that were freed */
    char *fresh, *end;            /* where no block was ever given away */
    size_t used;                  /* blocks */
} slab;

static slab *slabs_with_room = NULL;
static size_t empty_slabs = 0, used_slabs = 0;

/* A round: slabs come into use, and are empty again. */
static int falling = 0;         /* they become empty */
static size_t used_before = 0;  /* slabs in use when the round began */
static size_t never_needed = 0; /* the fewest empty slabs that there were in it */
static size_t at_rest = 0;      /* blocks given since a slab was last taken or became empty */

static void link_slab(slab *s) {
    s->previous = NULL;
    s->next = slabs_with_room;
    if (s->next) s->next->previous = s;
    slabs_with_room = s;
}

static void unlink_slab(slab *s) {
    if (s->previous) s->previous->next = s->next;
    else slabs_with_room = s->next;
    if (s->next) s->next->previous = s->previous;
}

static void clear_slab(slab *s) { /* the next blocks come in order again */
    s->freed = NULL;
    s->fresh = (char *)s + ((sizeof(slab) + 63) & ~(size_t)63);
    s->end = (char *)s + SLAB_SIZE - sizeof(fields);
    s->used = 0;
}

static slab *new_slab(void) {
    char *space = mmap(NULL, 2 * SLAB_SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (space == MAP_FAILED) return NULL;
    char *start = (char *)(((uintptr_t)space + SLAB_SIZE - 1) & ~(uintptr_t)(SLAB_SIZE - 1));
    if (start > space) munmap(space, start - space);
    munmap(start + SLAB_SIZE, space + SLAB_SIZE - start);
#ifdef MADV_HUGEPAGE
    madvise(start, SLAB_SIZE, MADV_HUGEPAGE);
#endif
    clear_slab((slab *)start);
    link_slab((slab *)start);
    empty_slabs++;
    return (slab *)start;
}

static void use_slab(void) {
    at_rest = 0;
    if (falling) {
        falling = 0;
        used_before = used_slabs;
        never_needed = empty_slabs;
    }
    empty_slabs--;
    used_slabs++;
    if (never_needed > empty_slabs) never_needed = empty_slabs;
}

static void return_slab(slab *s) {
    unlink_slab(s);
    munmap(s, SLAB_SIZE);
    empty_slabs--;
}

static void return_what_was_never_needed(void) {
    size_t needed = empty_slabs - never_needed, kept = 0;
    size_t keep = needed > EMPTY_SLABS_AT_LEAST ? needed : EMPTY_SLABS_AT_LEAST;
    for (slab *s = slabs_with_room, *next; s && empty_slabs > keep; s = next) {
        next = s->next;
        if (!s->used && ++kept > keep) return_slab(s);
    }
    never_needed = empty_slabs - needed;
}

static void let_go(void) { /* small graphs, over and over, in the room that others leave: no empty slab is needed */
    at_rest = 0;
    falling = 1;
    never_needed = empty_slabs;
    return_what_was_never_needed();
}

static inline void return_empty_slabs(void) { /* but one, for small graphs */
    for (slab *s = slabs_with_room, *next; s && empty_slabs > 1; s = next) {
        next = s->next;
        if (!s->used) return_slab(s);
    }
    if (never_needed > empty_slabs) never_needed = empty_slabs;
}

static inline block *new_block(void) {
    slab *s = slabs_with_room ? slabs_with_room : new_slab();
    if (!s) return NULL;
    block *b = s->freed;
    if (b) s->freed = b->next;
    else {
        b = (block *)s->fresh;
        s->fresh += sizeof(fields);
    }
    if (!s->used++) use_slab();
    else if (++at_rest > AT_REST) let_go();
    if (!s->freed && s->fresh > s->end) unlink_slab(s);
    return b;
}

static PyObject *slab_alloc(PyTypeObject *type, Py_ssize_t Py_UNUSED(items)) {
    block *b = new_block();
    if (!b) return PyErr_NoMemory();
    memset(b, 0, sizeof(fields));
    return PyObject_Init((PyObject *)b, type);
}

static void slab_free(void *p) {
    slab *s = (slab *)((uintptr_t)p & ~(uintptr_t)(SLAB_SIZE - 1));
    if (!s->freed && s->fresh > s->end) link_slab(s);
    ((block *)p)->next = s->freed;
    s->freed = p;
    if (--s->used) return;
    if (s->fresh - (char *)s > (ptrdiff_t)A_GRAPH) falling = 1;
    used_slabs--;
    at_rest = 0;
    if (empty_slabs++ < EMPTY_SLABS_KEPT) clear_slab(s);
    else return_slab(s);
    if (falling && used_slabs <= used_before) return_what_was_never_needed();
}

static void use_slabs(PyTypeObject *type) {
    type->tp_alloc = slab_alloc;
    type->tp_free = slab_free;
}

static inline PyObject *new_value(PyTypeObject *type) {
#if defined(Py_REF_DEBUG) || defined(Py_TRACE_REFS)
    return type->tp_alloc(type, 0);
#else
    PyObject *value = (PyObject *)new_block();
    if (!value) return PyErr_NoMemory();
    memset(value, 0, sizeof(PyObject));
    value->ob_refcnt = 1;
    value->ob_type = type;
    Py_INCREF(type);
    return value;
#endif
}

#define free_memory(type, value) ((type)->tp_free == slab_free ? slab_free(value) : (type)->tp_free(value))
#else
static void use_slabs(PyTypeObject *Py_UNUSED(type)) {}

static inline PyObject *new_value(PyTypeObject *type) { return type->tp_alloc(type, 0); }

static inline void return_empty_slabs(void) {}

#define free_memory(type, value) (type)->tp_free(value)
#endif

/* A Value with all its fields but the numbers. What `Value.__new__` does, without the work that is done here again. */
static inline PyObject *made_value(
    PyObject *type, PyObject *operation, PyObject *scope, PyObject *a, PyObject *b
) {
    fields *x = (fields *)new_value((PyTypeObject *)type);
    if (!x) return NULL;
    x->a = Py_NewRef(a), x->b = Py_NewRef(b);
    x->operation = Py_NewRef(operation), x->scope = Py_NewRef(scope), x->label = Py_NewRef(Py_None);
    x->grad = 0.0, x->visit = 0;
    return (PyObject *)x;
}

static void free_fields(PyObject *value) {
    fields *x = (fields *)value;
    PyTypeObject *type = Py_TYPE(value);
    Py_DECREF(x->a), Py_DECREF(x->b), Py_DECREF(x->operation), Py_DECREF(x->scope), Py_DECREF(x->label);
    free_memory(type, value);
    Py_DECREF(type);
}

static void free_value(PyObject *value) {
    static int freeing = 0;
    static PyObject *put_aside = NULL; /* Values to be freed; where the count of references was is the next one */
    if (freeing) {
        *(PyObject **)value = put_aside;
        put_aside = value;
        return;
    }
    freeing = 1;
    free_fields(value);
    while ((value = put_aside)) {
        put_aside = *(PyObject **)value;
        *(PyObject **)value = NULL; /* no references */
        free_fields(value);
    }
    freeing = 0;
}

static inline int manage_memory(PyObject *value_type) {
    PyTypeObject *type = (PyTypeObject *)value_type;
    if (type->tp_basicsize != sizeof(fields)) return 0;
    type->tp_name = "Value"; /* in Python's own messages: without the module, as of a plain class */
    type->tp_dealloc = free_value;
    use_slabs(type);
    return 1;
}

#define is_at(x, name) ((char *)&(x)->_##name == (char *)&((fields *)(x))->name)
#define are_fields(x)                                                                                                 \
    (is_at(x, a) && is_at(x, b) && is_at(x, da) && is_at(x, db) && is_at(x, grad) && is_at(x, visit) &&               \
     is_at(x, value) && is_at(x, operation) && is_at(x, scope) && is_at(x, label))
