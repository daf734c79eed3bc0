"""What each function has to do, in French: the docstring that attendees read in their notebook, in the place of the English one.

The rules are those of the reference, whose docstring says them in English; each sentence is asked by a case of the exercise.
"""

import re

from ..base.typography import typeset

#: What to say of an input that makes no sense.
ERROR = """Quand {when} : ``raise WorkshopError("…")``, l'erreur de l'atelier, dont seule la phrase s'affiche."""

RULES: dict[str, str] = {
    "0.1": """Rend la réponse d'un neurone, entre 0 et 1.

        Chaque mesure est multipliée par son poids, on additionne le tout et le biais (« somme pondérée »), et la somme passe
        par la sigmoïde ``1 / (1 + exp(-somme))`` (« fonction d'activation »).

        Arguments :
            inputs : les mesures d'un animal ``(2,)``, ou de plusieurs ``(animaux, 2)`` ; la fonction sert aux deux.
            weights : un poids par mesure, ``(2,)``.
            bias : ce qui s'ajoute quelles que soient les mesures.

        Rend une réponse par animal : près de 0, « chat » ; près de 1, « chien ».""",
    "0.2": """Rend les poids et le biais après un pas dans la pente de la perte.

        L'écart d'un animal est la réponse du neurone moins l'étiquette. La pente, pour un poids, est la moyenne sur les
        animaux de l'écart multiplié par la mesure ; pour le biais, la moyenne des écarts. Un pas est la pente multipliée par
        le taux d'apprentissage, et l'on descend : on le retire.

        Arguments :
            inputs : les mesures, ``(animaux, 2)``, pour un nombre d'animaux quelconque.
            labels : 0 pour un chat, 1 pour un chien, ``(animaux,)``.
            weights : ``(2,)`` ; bias : un nombre ; learning_rate : la longueur du pas.

        Rend les nouveaux poids ``(2,)``, puis le nouveau biais.""",
    "1.1": """Télécharge ``url`` dans le cache, sous le nom ``name``, et rend le chemin du fichier (un ``Path``).

        Un fichier de ce nom qui est déjà là n'est pas téléchargé de nouveau.""",
    "1.2": """Rend ce qui se trouve entre les lignes ``*** START OF …`` et ``*** END OF …``, sans elles.

        La licence, à la fin, a elle-même un ``*** START: FULL LICENSE ***`` et un ``SEND DONATIONS`` : on cherche donc les
        bornes au début d'une ligne, avec leurs étoiles et leur ``OF``. Si l'une manque, on garde le texte depuis son début,
        ou jusqu'à sa fin.""",
    "1.3": """Coupe un texte à ses lignes vides, et fait de chaque paragraphe une seule ligne.

        Les lignes sont jointes par une espace, sans les espaces de leurs bords ; sauf après le trait d'union d'un mot composé
        (« Petit-⏎Pierre »), où il n'y a rien. Un texte sans rien donne une liste vide.""",
    "1.4": """Coupe un paragraphe en phrases, avec un Punkt déjà entraîné.

        « Oh ! oh ! fit-il. » est une seule phrase : ce qui commence par une minuscule s'ajoute, après une espace, à ce qui
        précède. Si rien ne précède (un paragraphe peut commencer ainsi), le morceau reste seul.""",
    "1.5": """Rend la part des mots d'un texte qui sont dans ``function_words``, entre 0 et 1.

        Un mot est fait de deux lettres au moins, accents compris : ni chiffre, ni tiret bas, ni apostrophe (« l'eau » donne
        « eau »). Les majuscules ne comptent pas. Un texte sans mots a une part de 0.""",
    "1.6": """Fait les trois parts : on n'apprend jamais le livre d'examen ; les autres gardent leur fin pour la validation.

        Rend un ``DatasetDict`` de ``train``, ``validation`` et ``test`` : une ligne par paragraphe, avec ``text``, ``book``
        et ``chapter``, dans l'ordre des livres. ``validation_share`` est la part de chaque livre qui va à la validation.

        """ + ERROR.format(when="une des trois parts serait vide"),
    "1.7": """Change des octets en texte, aux fins de ligne ``\\\\n``, et rend aussi le nom de l'encodage.

        La marque d'ordre décide, et disparaît ; puis l'UTF-8, que du Latin-1 accentué ne satisfait presque jamais par
        hasard ; puis le Windows-1252, ou, pour les octets qu'il ne connaît pas, l'ISO-8859-1, qui les connaît tous.""",
    "2.1": """Rend les numéros des tokens de ``text``, dans l'ordre (tous, même quand le texte est long).""",
    "2.2": """Rend les tokens de ces numéros, tels que le vocabulaire les écrit (Ġ est une espace, Ċ une fin de ligne).

        Méthode : ``tokenizer.convert_ids_to_tokens``.""",
    "2.3": """Rend combien de tokens prend un mot de ``text``, en moyenne ; un mot est ce que des blancs séparent.

        (L'atelier refuse un texte sans mots ; votre fonction peut s'en passer.)""",
    "2.4": """Donne un par un des paquets de ``batch_size`` textes de la colonne ``text`` ; le dernier peut être plus petit.

        Avec ``yield`` : le corpus entier n'est jamais en mémoire.""",
    "2.5": """Rend un tokenizer qui coupe comme ``tokenizer``, avec un vocabulaire de ``vocab_size`` tokens appris sur ``corpus``.

        Méthode : ``tokenizer.train_new_from_iterator``. ``corpus`` ne se lit qu'une fois.""",
    "2.6": """Coupe ``token_ids`` en blocs de ``block_size`` tokens, sans en perdre un : le dernier bloc peut être plus court.

        """ + ERROR.format(when="``block_size`` est inférieur à 1"),
    "3.1": """Rend, pour chaque token sauf le premier, la liste de ceux qui le précèdent (les ``window`` derniers au plus).

        Rend deux listes : ces préfixes, puis les tokens à deviner.""",
    "3.2": """Rend les préfixes et les tokens à deviner, en deux tableaux NumPy qu'un réseau peut lire.

        Les préfixes courts sont complétés par ``pad``, à gauche : le token qui précède celui qu'il faut deviner est toujours
        dans la dernière colonne. Formes, pour ``n`` tokens (deux au moins) : ``(n - 1, window)`` et ``(n - 1,)``.""",
    "3.3": """Construit et compile un réseau qui lit ``window`` tokens et donne une probabilité à chaque suivant possible.

        Arguments :
            units : cellules de chaque LSTM, dans chaque sens ; la couche dense a deux fois plus de neurones.
            dropout : part des signaux qui est coupée, entre les deux LSTM, pendant l'entraînement.
            l2 : force qui retient les grands poids de la couche dense.
            learning_rate : le taux d'apprentissage.
            seed : la graine des poids de départ (l'atelier la fixe ; votre réseau peut s'en passer).""",
    "3.5": """Tire au sort, avec ``rng``, le numéro d'un token, une fois les probabilités déformées par ``temperature``.

        En dessous de 1, elle creuse les écarts ; au-dessus, elle les comble ; à 1, elle ne change rien.

        """ + ERROR.format(when="la température n'est pas positive"),
    "3.6": """Rend de combien de bits un modèle a besoin par caractère d'un texte ; un bit vaut ``ln 2`` nat.

        ``nats`` est la perte de tout le texte, additionnée. À la différence de la perplexité, le résultat ne dépend pas de la
        façon de couper le texte : il compare des modèles aux vocabulaires différents.""",
    "4.1": """Rend combien de nombres apprend un GPT-2 de cette configuration (un entier).

        Deux tableaux (un vecteur par token, un par position) ; dans chaque couche, deux normalisations (une échelle et un
        décalage chacune), l'attention (requêtes, clés et valeurs en une seule matrice, puis la sortie) et deux couches denses
        (``n_inner`` neurones, ou quatre fois ``n_embd`` si c'est ``None``), toutes avec des biais ; une dernière
        normalisation ; et la couche de sortie, gratuite quand elle partage le tableau des tokens
        (``tie_word_embeddings``).""",
    "4.2": """Rend ce que chaque token recueille de lui-même et de ceux qui le précèdent.

        Chaque requête est comparée à chaque clé (produit scalaire, divisé par la racine carrée de leur largeur), le futur est
        caché, le softmax change les notes en parts qui totalisent 1, et les valeurs sont mélangées selon ces parts.

        ``q``, ``k``, ``v`` : requêtes, clés, valeurs, ``(…, tokens, largeur)`` ; les points disent qu'il peut y avoir
        plusieurs têtes. Rend un tableau ``(…, tokens, largeur)``.""",
    "4.3": """Rend entre combien de tokens également probables le modèle hésite, en moyenne : ``exp(loss)``.

        ``loss`` est la perte du token suivant, en logarithmes naturels (des « nats ») : sa moyenne ou, si l'on donne
        ``tokens``, sa somme sur autant de tokens.""",
    "4.8": """Rend combien d'ajouts, d'effacements et de remplacements changent ``a`` en ``b`` (textes, ou listes de mots).

        Un remplacement compte pour un. Chaque ligne du tableau tient les distances entre un début de ``a`` et tous ceux de
        ``b`` ; tout recalculer à chaque fois serait bien trop long.""",
    "5.1": """Divise les notes par la température : en dessous de 1 les écarts se creusent, au-dessus ils se comblent.

        """ + ERROR.format(when="la température n'est pas positive"),
    "5.2": """Garde les ``k`` meilleures notes, à leur place ; les autres valent moins l'infini, pour que leur probabilité soit 0.

        Si ``k`` dépasse le nombre de notes, toutes restent.

        """ + ERROR.format(when="``k`` est inférieur à 1"),
    "5.3": """Garde les tokens les plus probables, juste assez pour atteindre ensemble la probabilité ``p``.

        Les notes des autres deviennent moins l'infini ; chacune reste à sa place.

        """ + ERROR.format(when="``p`` n'est pas entre 0 (exclu) et 1 (compris)"),
    "5.4": """Rend chaque début suivi de ce que la pipeline écrit après lui, dans le même ordre.

        ``settings`` est remis à la pipeline en arguments nommés : ``max_new_tokens``, ``do_sample``, ``temperature``…""",
    "6.1": """Lit un fichier JSONL : rend ses bonnes paires et, pour chaque ligne fautive, son numéro et ce qui ne va pas.

        Une ligne est fautive si elle n'est pas un objet, en JSON et en UTF-8 ; si sa question ou sa réponse manque, est vide ou
        n'est pas un texte (``problem_of(pair)`` le dit) ; ou si sa question a déjà été posée, même écrite autrement
        (``key_of``). Une ligne vide n'est pas une faute, ni la marque que Windows met au début d'un fichier (BOM).

        Rend deux listes : les paires, et des couples ``(numéro, phrase)`` ; la première ligne a le numéro 1.""",
    "6.2": """Partage les paires en ``train``, ``validation`` et ``test`` : une question est apprise ou demandée, jamais les deux.

        Les paires de même réponse (``key_of``) sont les formulations d'un même fait. La dernière va à ``test`` ; s'il y en a au
        moins quatre, l'avant-dernière va à ``validation`` ; les autres vont à ``train``, et celle qui est seule aussi. Une
        question déjà vue (``key_of``) est laissée de côté.

        Rend un dictionnaire de trois listes de paires.""",
    "6.3": """Rend les tokens d'un exemple, et combien d'entre eux sont sa question.

        L'exemple est « Question : …⏎Réponse : … » (``TEMPLATE``, une espace, la réponse), puis la marque de fin du tokenizer.
        S'il fait plus de ``room`` tokens, les premiers sont ôtés : la réponse et sa marque de fin sont toujours entières.

        """ + ERROR.format(when="le tokenizer n'a pas de marque de fin, ou quand la réponse ne laisse aucune place"),
    "6.4": """Rend les étiquettes d'un lot : ses tokens, avec -100 partout où il n'y a rien à apprendre.

        Rien à apprendre : la question (les ``questions[row]`` premiers tokens de chaque ligne), et le remplissage, à droite. La
        marque de fin s'apprend, même quand le remplissage est fait du même token : seul ``attention_mask`` les distingue.

        Arguments :
            input_ids : ``(lignes, tokens)``.
            attention_mask : de la même forme ; 1 pour un token, 0 pour le remplissage.
            questions : combien de tokens a la question de chaque ligne.

        Rend un tenseur ``(lignes, tokens)``, sans rien décaler : celui qui calcule la perte s'en charge.""",
    "6.5": """Rend combien de nombres ont toutes les matrices A, puis toutes les matrices B, des adaptateurs LoRA d'un GPT-2.

        Une matrice qui va de ``a`` nombres à ``b`` reçoit une A de ``a × r`` nombres et une B de ``r × b``. La largeur étant
        ``n_embd``, chaque couche a une ``c_attn``, de la largeur à trois fois la largeur (requêtes, clés, valeurs) ; une
        ``c_fc``, de la largeur aux ``n_inner`` neurones (quatre fois la largeur si c'est ``None``) ; et deux matrices nommées
        ``c_proj``, l'une de la largeur à elle-même, l'autre des neurones à la largeur.

        ``r`` est le rang ; ``targets``, les noms des matrices qui reçoivent un adaptateur.""",
    "6.6": """Rend les numéros des passages et leurs notes, la meilleure d'abord (Robertson et Walker, 1994).

        La note d'un passage est la somme, sur les ``stems`` (racines) différentes de la question, de
        ``idf · n · (k + 1) / (n + k · (1 - b + b · length / average))`` : ``n`` dit combien de fois le passage a cette racine,
        ``length`` combien il a de racines, ``average`` combien les passages en ont en moyenne ; et
        ``idf = log(1 + (N - df + 0.5) / (df + 0.5))``, quand ``df`` des ``N`` passages ont cette racine.

        Sans aucun passage, la liste est vide ; des passages sans aucune racine ont tous 0 (et rien n'est divisé par zéro).""",
    "6.7": """Rend le meilleur passage, cité par ``quoted()``, si sa note atteint le seuil, et sinon ``UNKNOWN``.

        La note est celle que lui donne ``bm25`` parmi les textes des passages (``passage.text``). Sans aucun passage, on ne
        sait rien.""",
    "6.8": """Rend les derniers tours d'une conversation, autant que le modèle peut en lire, dans leur ordre.

        La fenêtre fait ``room`` tokens, dont ``answer`` sont réservés à la réponse qui vient. Un tour est gardé entier ou pas
        du tout, les plus récents d'abord, et sans trou ; le dernier, qui est la question, est toujours là. Les tours vont du
        plus ancien au plus récent ; le modèle les lit bout à bout, comme un seul texte.

        """ + ERROR.format(when="la question, à elle seule, est trop longue"),
    "7.1": """Rend la carte d'un modèle, en Markdown : ses métadonnées entre deux lignes ``---``, puis ce que les gens lisent.

        ``about`` contient des métadonnées que le Hub connaît : ``license`` (obligatoire), ``language``, ``base_model``… Les
        mesures faites sont dans les métadonnées (tâche ``text-generation``) et dans le texte, où chacune a sa ligne, qu'écrit
        ``str(figure)`` ; celle qui n'a pas de valeur n'est que dans le texte, « non mesuré ». Le texte dit aussi, chacun sur sa
        ligne, le nom du modèle et ``limits``, ce pour quoi il ne faut pas le prendre.

        """ + ERROR.format(when="il n'y a pas de licence"),
    "7.2": """Rend ce qui ne va pas dans une demande : pour chaque champ en faute, une phrase ; ``{}`` si tout va bien.

        ``data`` est venu en JSON : ce peut être n'importe quoi, et ce qui n'est pas un dictionnaire est en faute sous le nom
        ``body``. Seul ``prompt`` est obligatoire. Un champ dont le nom n'a pas de limite est en faute. Les autres sont du genre
        de leur limite, ``limit.kind`` (un entier convient pour un ``float`` ; ``True`` et NaN ne sont pas des nombres) ; ils
        sont entre ses bornes, ``limit.least`` et ``limit.most`` (un texte : par sa longueur), et parmi ses ``limit.choices``
        si elle en a ; un texte est ``readable``.""",
    "7.3": """Rend le seau après une demande faite à ``now``, et combien de secondes attendre : 0 quand elle passe.

        Des pièces sont revenues depuis la dernière fois, sans jamais dépasser la contenance. Une demande prend une pièce
        entière ; celle qui en trouve moins ne prend rien, et apprend dans combien de secondes il y en aura une.""",
    "7.4": """Rend la valeur que cette part des valeurs ne dépasse pas : 0.5 donne la médiane, 0.95 le « p95 ».

        Les valeurs sont rangées ; quand la part tombe entre deux d'entre elles, le résultat aussi, en proportion, comme avec
        NumPy. À 0, c'est la plus petite ; à 1, la plus grande.

        """ + ERROR.format(when="il n'y a aucune valeur, ou quand la part n'est pas entre 0 et 1"),
    "7.5": """Rend d'un événement ce qui a le droit de quitter la machine : les champs de ``fields``, dans leur ordre, seuls.

        ``fields`` donne la forme de chaque valeur : une expression régulière à laquelle la valeur entière doit répondre, une
        fois écrite avec ``str``. Une valeur d'une autre forme, ou qui manque, devient ``None``.""",
}  # fmt: skip


def typeset_rules(text: str) -> str:
    """Return a docstring with its typography seen to, line by line, except inside ``code``."""

    def line(one: str) -> str:
        parts = re.split(r"(``.*?``)", one)
        white = one[: len(one) - len(one.lstrip())]
        return white + "".join(part if part.startswith("``") else typeset(part) for part in parts).lstrip()

    return "\n".join(map(line, text.splitlines()))
